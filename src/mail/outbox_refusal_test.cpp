/// Mails that the relay takes for some of their recipients.
#include "base/log.hpp"
#include "mail/outbox_delivery.hpp"
#include "support/outbox_fixture.hpp"

#include <gmock/gmock.h>

#include <set>

namespace alma::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

struct OutboxRefusalTest : OutboxFixture {};

constexpr auto full = [](std::string recipient) {
    return Delivery::Refusal{.recipient = std::move(recipient), .reply = "452 4.2.2 Mailbox full"};
};
constexpr auto unknown = [](std::string recipient) {
    return Delivery::Refusal{
        .recipient = std::move(recipient), .reply = "550 5.1.1 No such user", .is_permanent = true};
};

TEST_F(OutboxRefusalTest, WhoIsRefusedForNowGetsTheMailLaterAndNobodyTwice) {
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

TEST_F(OutboxRefusalTest, WhoIsRefusedForGoodOrTooOftenIsAnAdminsBusiness) {
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

TEST_F(OutboxRefusalTest, WhatIsOwedToNobodyAnyMoreIsDone) {
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

TEST(Outbox, EachReplyIsRepeatedOnceAndTheirTextIsBounded) {
    EXPECT_EQ(words_of({full("a@b.c"), unknown("d@e.f"), full("g@h.i")}),
              "452 4.2.2 Mailbox full; 550 5.1.1 No such user");
    std::vector<Delivery::Refusal> many;
    for (int i = 0; i < 1000; ++i)
        many.push_back({.recipient = "a@b.c", .reply = "550 " + std::to_string(i)});
    EXPECT_LE(words_of(many).size(), 500u);
    EXPECT_EQ(words_of({}), "");
}

}  // namespace
}  // namespace alma::mail
