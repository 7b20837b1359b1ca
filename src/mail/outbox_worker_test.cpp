#include "base/log.hpp"
#include "mail/outbox_delivery.hpp"
#include "mail/outbox_metrics.hpp"
#include "support/mail_rows.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_mailer.hpp"
#include "support/test_database.hpp"
#include "support/wait_until.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include <set>
#include <thread>

namespace alma::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

struct OutboxWorkerTest : ::testing::Test {
    TestDatabase database;
    RecordingMailer mailer;
    ManualClock clock;
    prometheus::Registry registry;
    OutboxMetrics metrics{registry};  // the same series as the worker's
    OutboxConfig config{.poll_interval = 20ms, .owner = "test", .public_base_url = "https://leads.example"};
    asio::io_context loop;
    std::optional<OutboxWorker> worker;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
    std::thread thread;

    void start(bool is_only_process = true) {
        loop.restart();
        guard.emplace(loop.get_executor());
        worker.emplace(config, *database, mailer, clock, loop, registry);
        worker->start(is_only_process);
        thread = std::thread([this] { loop.run(); });
    }
    void stop() {
        if (!worker) return;
        asio::co_spawn(loop, worker->stop(), asio::use_future).get();
        guard.reset();
        thread.join();
        worker.reset();
    }
    ~OutboxWorkerTest() override { stop(); }

    std::int64_t queued() { return count(*database, "SELECT count(*) FROM outbox"); }
    std::int64_t failed() { return count(*database, "SELECT count(*) FROM failed_emails"); }
    bool becomes_empty() {
        return wait_until([this] { return queued() == 0; });
    }
    std::string text(std::string_view select) {
        return run(database->read(db::sql(select))).front().get<std::string>(0);
    }
    /// JSON without the blanks that an engine may put into it.
    std::string json(std::string_view select) {
        return boost::json::serialize(boost::json::parse(text(select)));
    }
    double attempts(MailKind kind, AttemptResult result) { return metrics.attempts(kind, result).Value(); }
};

TEST_F(OutboxWorkerTest, SendsTheConfirmationAndOneNotificationToAllActiveAttorneys) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    add_user(*database, "bob@law.example", "ATTORNEY");
    add_user(*database, "old@law.example", "ATTORNEY", false);
    add_user(*database, "boss@law.example", "ADMIN");
    const Uuid lead = add_lead(*database, clock.now());
    start();
    ASSERT_TRUE(becomes_empty());
    std::vector<Mail> sent = mailer.sent();
    ASSERT_THAT(sent, SizeIs(2));
    std::ranges::sort(sent, {}, &Mail::subject);
    EXPECT_THAT(sent[0].to, ElementsAre("ann@law.example", "bob@law.example"));
    EXPECT_THAT(sent[0].text, HasSubstr("https://leads.example/leads/" + to_text(lead)));
    EXPECT_THAT(sent[1].to, ElementsAre("lukasz@example.com"));
    EXPECT_NE(sent[0].message_id, sent[1].message_id);
    stop();  // a mail is counted after its row is gone
    EXPECT_EQ(attempts(MailKind::confirmation, AttemptResult::sent), 1);
    EXPECT_EQ(attempts(MailKind::notification, AttemptResult::sent), 1);
    EXPECT_EQ(failed(), 0);
}

TEST_F(OutboxWorkerTest, WithoutAttorneysTheAdminsAreNotified) {
    add_user(*database, "boss@law.example", "ADMIN");
    add_user(*database, "ex@law.example", "ADMIN", false);
    add_user(*database, "old@law.example", "ATTORNEY", false);
    EXPECT_THAT(run(find_notified(*database)), ElementsAre("boss@law.example"));
}

TEST_F(OutboxWorkerTest, WithNobodyToNotifyAnAdminLearnsWhatToDo) {
    const Uuid lead = add_lead(*database, clock.now());
    start();
    ASSERT_TRUE(becomes_empty());
    EXPECT_THAT(mailer.sent(), SizeIs(1));
    EXPECT_EQ(text("SELECT error_message FROM failed_emails"), nobody_to_notify);
    EXPECT_EQ(text("SELECT attorney_emails FROM failed_emails"), "[]");
    EXPECT_EQ(text("SELECT lead_uuid FROM failed_emails"), to_text(lead));
}

TEST_F(OutboxWorkerTest, AWakeUpIsQuickerThanPolling) {
    config.poll_interval = 60s;
    start();
    ASSERT_TRUE(wait_until([this] { return metrics.depth().Value() == 0; }));
    add_lead(*database, clock.now());
    worker->wake();
    EXPECT_TRUE(wait_until([this] { return !mailer.sent().empty(); }, 5s));
}

TEST_F(OutboxWorkerTest, PollingFindsWhatNobodySpokeOf) {
    start();
    add_lead(*database, clock.now());
    EXPECT_TRUE(becomes_empty());
}

TEST_F(OutboxWorkerTest, ATemporaryFailureIsTriedAgainLaterAndLaterWithTheSameMessageId) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    mailer.fail_with(MailError("451 later", false));
    add_lead(*database, clock.now());
    start();
    const auto failures_are = [this](int number) {
        return wait_until(
            [&] { return attempts(MailKind::notification, AttemptResult::temporary_failure) == number; });
    };
    ASSERT_TRUE(failures_are(1));
    const std::string message_id = text("SELECT message_id FROM outbox WHERE kind = 'NOTIFICATION'");
    EXPECT_EQ(text("SELECT last_error FROM outbox WHERE kind = 'NOTIFICATION'"), "451 later");
    std::this_thread::sleep_for(100ms);  // several looks at the table
    EXPECT_EQ(attempts(MailKind::notification, AttemptResult::temporary_failure), 1);
    clock.advance(1200ms);
    ASSERT_TRUE(failures_are(2));
    mailer.fail_with(std::nullopt);
    clock.advance(2400ms);
    ASSERT_TRUE(becomes_empty());
    EXPECT_THAT(mailer.sent(), ::testing::Contains(::testing::Field(&Mail::message_id, message_id)));
    EXPECT_EQ(failed(), 0);
}

TEST_F(OutboxWorkerTest, AfterAllAttemptsTheNotificationIsKeptAndTheConfirmationDropped) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    add_user(*database, "bob@law.example", "ATTORNEY");
    mailer.fail_with(MailError("451 4.3.0 Try again", false));
    add_lead(*database, clock.now());
    start();
    ASSERT_TRUE(wait_until([this] {
        clock.advance(1s);
        std::this_thread::sleep_for(20ms);
        return queued() == 0;
    }));
    EXPECT_EQ(mailer.attempts, 6);
    ASSERT_EQ(failed(), 1);
    EXPECT_EQ(text("SELECT error_message FROM failed_emails"), "451 4.3.0 Try again");
    EXPECT_EQ(json("SELECT attorney_emails FROM failed_emails"), R"(["ann@law.example","bob@law.example"])");
    EXPECT_EQ(text("SELECT lead_name FROM failed_emails"), "Łukasz O'Neil");
    EXPECT_EQ(text("SELECT lead_email FROM failed_emails"), "lukasz@example.com");
    EXPECT_EQ(text("SELECT status FROM failed_emails"), "FAILED");
    stop();
    EXPECT_EQ(metrics.failed(MailKind::confirmation).Value(), 1);
    EXPECT_EQ(metrics.failed(MailKind::notification).Value(), 1);
}

TEST_F(OutboxWorkerTest, APermanentFailureIsNotTriedAgain) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    mailer.fail_with(MailError("550 5.1.1 No such user", true));
    add_lead(*database, clock.now());
    start();
    ASSERT_TRUE(becomes_empty());
    EXPECT_EQ(mailer.attempts, 2);
    EXPECT_EQ(text("SELECT error_message FROM failed_emails"), "550 5.1.1 No such user");
    stop();
    EXPECT_EQ(attempts(MailKind::notification, AttemptResult::permanent_failure), 1);
}

constexpr auto full = [](std::string recipient) {
    return Delivery::Refusal{.recipient = std::move(recipient), .reply = "452 4.2.2 Mailbox full"};
};
constexpr auto unknown = [](std::string recipient) {
    return Delivery::Refusal{
        .recipient = std::move(recipient), .reply = "550 5.1.1 No such user", .is_permanent = true};
};

TEST_F(OutboxWorkerTest, WhoIsRefusedForNowGetsTheMailLaterAndNobodyTwice) {
    for (const char* name : {"ann", "bob", "cid"})
        add_user(*database, name + std::string("@law.example"), "ATTORNEY");
    mailer.refuse({full("bob@law.example"), full("cid@law.example")});
    add_lead(*database, clock.now());
    start();
    ASSERT_TRUE(wait_until([this] { return mailer.attempts == 2 && queued() == 1; }));
    ASSERT_TRUE(wait_until([this] {
        return count(*database,
                     "SELECT count(*) FROM outbox WHERE lease_owner IS NULL AND recipients IS NOT NULL") == 1;
    }));
    EXPECT_EQ(json("SELECT recipients FROM outbox"), R"(["bob@law.example","cid@law.example"])");
    EXPECT_EQ(text("SELECT last_error FROM outbox"), "452 4.2.2 Mailbox full");
    // Who is no attorney any more gets no mail of prospects.
    run(database->write(db::sql("UPDATE users SET is_active = $1 WHERE email = 'cid@law.example'", false)));
    mailer.refuse({});
    clock.advance(2s);
    ASSERT_TRUE(becomes_empty());
    std::vector<std::vector<std::string>> notified;
    std::set<std::string> message_ids;
    for (const Mail& mail : mailer.sent()) {
        if (mail.subject != "New Lead Submission") continue;
        notified.push_back(mail.to);
        message_ids.insert(mail.message_id);
    }
    EXPECT_THAT(notified, ElementsAre(ElementsAre("ann@law.example"), ElementsAre("bob@law.example")));
    EXPECT_THAT(message_ids, SizeIs(1));
    EXPECT_EQ(failed(), 0);
}

TEST_F(OutboxWorkerTest, WhoIsRefusedForGoodOrTooOftenIsAnAdminsBusiness) {
    config.max_attempts = 2;
    for (const char* name : {"ann", "bob", "cid"})
        add_user(*database, name + std::string("@law.example"), "ATTORNEY");
    mailer.refuse({full("bob@law.example"), unknown("cid@law.example")});
    add_lead(*database, clock.now());
    testing::internal::CaptureStdout();
    start();
    ASSERT_TRUE(wait_until([this] { return failed() == 1; }));
    EXPECT_EQ(json("SELECT attorney_emails FROM failed_emails"), R"(["cid@law.example"])");
    EXPECT_EQ(text("SELECT error_message FROM failed_emails"), "550 5.1.1 No such user");
    EXPECT_EQ(json("SELECT recipients FROM outbox"), R"(["bob@law.example"])");
    clock.advance(2s);
    ASSERT_TRUE(becomes_empty());
    EXPECT_EQ(json("SELECT attorney_emails FROM failed_emails WHERE id = 2"), R"(["bob@law.example"])");
    EXPECT_EQ(text("SELECT error_message FROM failed_emails WHERE id = 2"), "452 4.2.2 Mailbox full");
    EXPECT_EQ(count(*database, "SELECT count(*) FROM failed_emails WHERE is_partial"), 2);
    stop();
    log::flush();
    EXPECT_THAT(testing::internal::GetCapturedStdout(),
                testing::ContainsRegex("waits for an admin.* attempt=1 "));
    EXPECT_EQ(metrics.failed(MailKind::notification).Value(), 2);
    EXPECT_EQ(metrics.recipients_refused().Value(), 2);
}

TEST_F(OutboxWorkerTest, WhatIsOwedToNobodyAnyMoreIsDone) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    add_lead(*database, clock.now());
    run(database->write(db::sql("DELETE FROM outbox WHERE kind = 'CONFIRMATION'")));
    run(database->write(db::sql("UPDATE outbox SET recipients = '[\"old@law.example\"]'")));
    testing::internal::CaptureStdout();
    start();
    ASSERT_TRUE(becomes_empty());
    stop();
    log::flush();
    EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr("mail: owed to nobody any more"));
    EXPECT_EQ(metrics.owed_to_nobody().Value(), 1);
    EXPECT_THAT(mailer.sent(), IsEmpty());
    EXPECT_EQ(failed(), 0);
}

TEST_F(OutboxWorkerTest, AMailerThatBreaksIsATemporaryFailure) {
    add_user(*database, "ann@law.example", "ATTORNEY");
    mailer.fail_with(std::make_exception_ptr(std::runtime_error("no memory")));
    add_lead(*database, clock.now());
    start();
    ASSERT_TRUE(wait_until([this] {
        return count(*database,
                     "SELECT count(*) FROM outbox WHERE lease_owner IS NULL AND last_error = 'no memory'") ==
               2;
    }));
}

TEST_F(OutboxWorkerTest, AtMostSoManyMailsAreSentAtOnce) {
    config.max_in_flight = 2;
    mailer.hangs = true;
    for (int i = 0; i < 5; ++i)
        add_lead(*database, clock.now());
    start();
    ASSERT_TRUE(wait_until([this] { return mailer.attempts == 2; }));
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(mailer.attempts, 2);
    mailer.hangs = false;
    ASSERT_TRUE(becomes_empty());
    EXPECT_EQ(mailer.most_at_once, 2);
}

TEST_F(OutboxWorkerTest, TheMailThatIsDueForLongestGoesFirst) {
    config.max_in_flight = 1;
    for (const int age : {3, 1, 5, 2, 4})
        add_lead(*database, clock.now() - std::chrono::seconds(age), std::to_string(age) + "@example.com");
    start();
    ASSERT_TRUE(becomes_empty());
    std::vector<std::string> confirmed;
    for (const Mail& mail : mailer.sent())
        confirmed.push_back(mail.to.front());
    EXPECT_THAT(confirmed, ElementsAre("5@example.com", "4@example.com", "3@example.com", "2@example.com",
                                       "1@example.com"));
}

TEST_F(OutboxWorkerTest, StopGivesBackWhatItCouldNotSendAndCountsNoAttempt) {
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

TEST_F(OutboxWorkerTest, StopWaitsForAMailThatIsBeingSent) {
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

TEST_F(OutboxWorkerTest, AfterAKillTheMailGoesOutAtOnceWhenThisIsTheOnlyProcess) {
    add_lead(*database, clock.now());
    leave_leased(*database, clock.now() + 120s);
    start(true);
    EXPECT_TRUE(becomes_empty());
}

TEST_F(OutboxWorkerTest, AnothersMailIsLeftAloneUntilItsLeaseEnds) {
    add_lead(*database, clock.now());
    leave_leased(*database, clock.now() + 120s);
    start(false);
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(mailer.attempts, 0);
    clock.advance(120s);
    EXPECT_TRUE(becomes_empty());
}

TEST_F(OutboxWorkerTest, AKillDoesNotUseUpAnAttempt) {
    config.max_attempts = 1;
    add_user(*database, "ann@law.example", "ATTORNEY");
    add_lead(*database, clock.now());
    leave_leased(*database, clock.now() + 120s);
    start(true);
    ASSERT_TRUE(becomes_empty());
    EXPECT_THAT(mailer.sent(), SizeIs(2));
}

TEST_F(OutboxWorkerTest, AMailThatKeepsKillingItsProcessIsGivenUp) {
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

TEST_F(OutboxWorkerTest, WhatKeepsKillingItsProcessAndIsOwedToNobodyIsDone) {
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

TEST_F(OutboxWorkerTest, WhoLostItsLeaseChangesNothing) {
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

TEST_F(OutboxWorkerTest, TheMetricsStandThereFromTheStartAndShowTheBacklog) {
    const auto families = registry.Collect();
    std::vector<std::string> names;
    for (const auto& family : families)
        names.push_back(family.name);
    EXPECT_THAT(names,
                UnorderedElementsAre("alma_mail_attempts_total", "alma_mail_failed_total",
                                     "alma_mail_owed_to_nobody_total", "alma_mail_recipients_refused_total",
                                     "alma_outbox_depth", "alma_outbox_oldest_age_seconds"));
    add_user(*database, "ann@law.example", "ATTORNEY");
    mailer.fail_with(MailError("451 later", false));
    add_lead(*database, clock.now() - 7s);
    start();
    EXPECT_TRUE(
        wait_until([this] { return metrics.depth().Value() == 2 && metrics.oldest_age().Value() >= 7; }));
}

TEST(Outbox, TheDelayDoublesWithJitterUpToAMinute) {
    EXPECT_EQ(retry_delay(1s, 1, 0.0), 800ms);
    EXPECT_EQ(retry_delay(1s, 1, 0.5), 1s);
    EXPECT_EQ(retry_delay(1s, 1, 1.0), 1200ms);
    EXPECT_EQ(retry_delay(1s, 2, 0.5), 2s);
    EXPECT_EQ(retry_delay(1s, 5, 0.5), 16s);
    for (const int attempts : {7, 17, 1000})
        EXPECT_EQ(retry_delay(1s, attempts, 1.0), 60s) << attempts;
}

TEST(Outbox, EachReplyIsRepeatedOnceAndTheirTextIsBounded) {
    EXPECT_EQ(words_of({full("a@b.c"), unknown("d@e.f"), full("g@h.i")}),
              "452 4.2.2 Mailbox full; 550 5.1.1 No such user");
    std::vector<Delivery::Refusal> many;
    for (int i = 0; i < 1000; ++i)
        many.push_back({.recipient = "a@b.c", .reply = "550 " + std::to_string(i)});
    EXPECT_LE(words_of(many).size(), 500u);
    EXPECT_EQ(words_of({}), "");
}

TEST(Outbox, LogsHoldNoAddresses) {
    EXPECT_EQ(without_addresses("550 5.1.1 <a@b.c>: no such user"), "550 5.1.1 [address] no such user");
    EXPECT_EQ(without_addresses(""), "");
    EXPECT_THAT(without_addresses("x a@b.c"), Not(HasSubstr("@")));
}

}  // namespace
}  // namespace alma::mail
