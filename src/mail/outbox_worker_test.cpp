#include "mail/outbox_store.hpp"
#include "support/outbox_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace alma::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace std::chrono_literals;

struct OutboxWorkerTest : OutboxFixture {};

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
    EXPECT_THAT(sent[0].text, HasSubstr("https://leads.example/inbox/#/leads/" + to_text(lead)));
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

TEST(Outbox, TheDelayDoublesWithJitterUpToAMinute) {
    EXPECT_EQ(retry_delay(1s, 1, 0.0), 800ms);
    EXPECT_EQ(retry_delay(1s, 1, 0.5), 1s);
    EXPECT_EQ(retry_delay(1s, 1, 1.0), 1200ms);
    EXPECT_EQ(retry_delay(1s, 2, 0.5), 2s);
    EXPECT_EQ(retry_delay(1s, 5, 0.5), 16s);
    for (const int attempts : {7, 17, 1000})
        EXPECT_EQ(retry_delay(1s, attempts, 1.0), 60s) << attempts;
}

}  // namespace
}  // namespace alma::mail
