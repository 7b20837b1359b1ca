/// What becomes of mails when the process stops, dies, or loses its lease.
#include "base/log.hpp"
#include "mail/outbox_store.hpp"
#include "support/outbox_fixture.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

namespace alma::mail {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

struct OutboxLeaseTest : OutboxFixture {};

TEST_F(OutboxLeaseTest, StopGivesBackWhatItCouldNotSendAndCountsNoAttempt) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    mailer.hangs = true;
    add_lead(*database, clock.now());
    start();
    ASSERT_TRUE(wait_until([this] { return mailer.attempts == 2; }));
    const auto begin = std::chrono::steady_clock::now();
    stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_EQ(count(*database, "SELECT count(*) FROM outbox WHERE lease_owner IS NULL AND attempts = 0"), 2);
}

TEST_F(OutboxLeaseTest, StopWaitsForAMailThatIsBeingSent) {
    mailer.hangs = true;
    add_lead(*database, clock.now());
    start();
    ASSERT_TRUE(wait_until([this] { return mailer.attempts == 1; }));
    std::thread server([this] {
        std::this_thread::sleep_for(200ms);
        mailer.hangs = false;
    });
    stop();
    server.join();
    EXPECT_EQ(queued(), 0);
}

/// A process that was killed while it sent: its rows are still leased.
void leave_leased(db::Database& db, Instant until) {
    run(db.write(db::sql("UPDATE outbox SET attempts = 1, lease_owner = 'dead', lease_until = $1", until)));
}

TEST_F(OutboxLeaseTest, AfterAKillTheMailGoesOutAtOnceWhenThisIsTheOnlyProcess) {
    add_lead(*database, clock.now());
    leave_leased(*database, clock.now() + 120s);
    start(true);
    EXPECT_TRUE(becomes_empty());
}

TEST_F(OutboxLeaseTest, AnothersMailIsLeftAloneUntilItsLeaseEnds) {
    add_lead(*database, clock.now());
    leave_leased(*database, clock.now() + 120s);
    start(false);
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(mailer.attempts, 0);
    clock.advance(120s);
    EXPECT_TRUE(becomes_empty());
}

TEST_F(OutboxLeaseTest, AKillDoesNotUseUpAnAttempt) {
    config.max_attempts = 1;
    add_user(*database, "ann@law.example", "ATTORNEY");
    add_lead(*database, clock.now());
    leave_leased(*database, clock.now() + 120s);
    start(true);
    ASSERT_TRUE(becomes_empty());
    EXPECT_THAT(mailer.sent(), SizeIs(2));
}

TEST_F(OutboxLeaseTest, AMailThatKeepsKillingItsProcessIsGivenUp) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    add_lead(*database, clock.now());
    run(database->write(db::sql("UPDATE outbox SET interruptions = 20")));
    leave_leased(*database, clock.now() + 120s);
    start(true);
    ASSERT_TRUE(becomes_empty());
    EXPECT_EQ(mailer.attempts, 0);
    EXPECT_THAT(text("SELECT error_message FROM failed_emails"), HasSubstr("interrupted 21 times"));
    EXPECT_THAT(text("SELECT attorney_emails FROM failed_emails"), R"(["ann@law.example"])");
}

TEST_F(OutboxLeaseTest, WhatKeepsKillingItsProcessAndIsOwedToNobodyIsDone) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    add_lead(*database, clock.now());
    run(database->write(db::sql("DELETE FROM outbox WHERE kind = 'CONFIRMATION'")));
    run(database->write(
        db::sql("UPDATE outbox SET interruptions = 20, recipients = '[\"old@law.example\"]'")));
    leave_leased(*database, clock.now() + 120s);
    start(true);
    ASSERT_TRUE(becomes_empty());
    EXPECT_EQ(failed(), 0) << "no resend could settle it";
}

TEST_F(OutboxLeaseTest, WhoLostItsLeaseReportsItsAttemptAndNoResult) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    mailer.hangs = true;
    mailer.fail_with(MailError("550 5.1.1 No such user", true));
    add_lead(*database, clock.now());
    testing::internal::CaptureStdout();
    start();
    EXPECT_TRUE(wait_until([this] { return mailer.attempts == 2; }));
    run(database->write(
        db::sql("UPDATE outbox SET lease_owner = 'theirs', lease_until = $1", clock.now() + 120s)));
    mailer.hangs = false;
    for (const MailKind kind : {MailKind::confirmation, MailKind::notification})
        EXPECT_TRUE(wait_until([&] { return attempts(kind, AttemptResult::permanent_failure) == 1; }));
    stop();
    log::flush();
    const std::string log = testing::internal::GetCapturedStdout();
    EXPECT_EQ(queued(), 2) << "it is theirs";
    EXPECT_EQ(metrics.failed(MailKind::confirmation).Value(), 0);
    EXPECT_EQ(metrics.failed(MailKind::notification).Value(), 0);
    EXPECT_THAT(log, HasSubstr("no longer leased"));
    EXPECT_THAT(log, Not(HasSubstr("mail: failed")));
}

TEST_F(OutboxLeaseTest, WhoHoldsItsLeaseIsToldSo) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    for (int i = 0; i < 3; ++i)
        add_lead(*database, clock.now());
    const auto mine = run(claim_due(*database, "mine", clock.now(), clock.now() + 120s, 6));
    ASSERT_THAT(mine, SizeIs(6));
    EXPECT_TRUE(run(finish_sent(*database, mine[0].id, "mine")));
    EXPECT_TRUE(run(finish_for_retry(*database, mine[1].id, "mine", clock.now(), "x")));
    EXPECT_TRUE(run(give_back(*database, mine[2].id, "mine")));
    EXPECT_TRUE(run(finish_failed(*database, mine[3], "mine", Prospect{}, {}, "x", clock.now())));
    Remainder remainder{
        .owed = {"a@b.c"}, .error = "x", .next = clock.now(), .given_up = {}, .given_up_error = ""};
    EXPECT_TRUE(run(finish_partly(*database, mine[4], "mine", Prospect{}, remainder, clock.now())));
    remainder.owed.clear();
    EXPECT_TRUE(
        run(finish_partly(*database, mine[5], "mine", Prospect{}, std::move(remainder), clock.now())));
    EXPECT_EQ(queued(), 3);
}

TEST_F(OutboxLeaseTest, WhoLostItsLeaseChangesNothing) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    add_lead(*database, clock.now());
    const auto mine = run(claim_due(*database, "mine", clock.now(), clock.now() + 120s, 8));
    ASSERT_THAT(mine, SizeIs(2));
    EXPECT_THAT(run(claim_due(*database, "theirs", clock.now(), clock.now() + 120s, 8)), IsEmpty());
    clock.advance(120s);
    EXPECT_THAT(run(claim_due(*database, "theirs", clock.now(), clock.now() + 120s, 8)), SizeIs(2));
    for (const ClaimedMail& mail : mine) {
        EXPECT_FALSE(run(finish_sent(*database, mail.id, "mine")));
        EXPECT_FALSE(run(finish_for_retry(*database, mail.id, "mine", clock.now(), "x")));
        EXPECT_FALSE(run(give_back(*database, mail.id, "mine")));
        EXPECT_FALSE(run(finish_failed(*database, mail, "mine", Prospect{}, {}, "x", clock.now())));
        Remainder remainder{.owed = {"a@b.c"},
                            .error = "x",
                            .next = clock.now(),
                            .given_up = {"d@e.f"},
                            .given_up_error = "x"};
        EXPECT_FALSE(run(finish_partly(*database, mail, "mine", Prospect{}, remainder, clock.now())));
        remainder.owed.clear();
        EXPECT_FALSE(
            run(finish_partly(*database, mail, "mine", Prospect{}, std::move(remainder), clock.now())));
    }
    EXPECT_EQ(count(*database, "SELECT count(*) FROM outbox WHERE lease_owner = 'theirs' AND attempts = 1"),
              2);
    EXPECT_EQ(failed(), 0);
}

}  // namespace
}  // namespace alma::mail
