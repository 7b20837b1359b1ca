/// What becomes of mails when the process stops, dies, or loses its lease.
#include "mail/outbox_store.hpp"
#include "support/outbox_fixture.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

namespace alma::mail {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
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

TEST_F(OutboxLeaseTest, WhoLostItsLeaseChangesNothing) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    add_lead(*database, clock.now());
    const auto mine = run(claim_due(*database, "mine", clock.now(), clock.now() + 120s, 8));
    ASSERT_THAT(mine, SizeIs(2));
    EXPECT_THAT(run(claim_due(*database, "theirs", clock.now(), clock.now() + 120s, 8)), IsEmpty());
    clock.advance(120s);
    EXPECT_THAT(run(claim_due(*database, "theirs", clock.now(), clock.now() + 120s, 8)), SizeIs(2));
    for (const ClaimedMail& mail : mine) {
        run(finish_sent(*database, mail.id, "mine"));
        run(finish_for_retry(*database, mail.id, "mine", clock.now(), "x"));
        run(give_back(*database, mail.id, "mine"));
        run(finish_failed(*database, mail, "mine", Prospect{}, {}, "x", clock.now()));
        Remainder remainder{.owed = {"a@b.c"},
                            .error = "x",
                            .next = clock.now(),
                            .given_up = {"d@e.f"},
                            .given_up_error = "x"};
        run(finish_partly(*database, mail, "mine", Prospect{}, remainder, clock.now()));
        remainder.owed.clear();
        run(finish_partly(*database, mail, "mine", Prospect{}, std::move(remainder), clock.now()));
    }
    EXPECT_EQ(count(*database, "SELECT count(*) FROM outbox WHERE lease_owner = 'theirs' AND attempts = 1"),
              2);
    EXPECT_EQ(failed(), 0);
}

}  // namespace
}  // namespace alma::mail
