#include "mail/account_link.hpp"

#include "mail/outbox_store.hpp"
#include "support/outbox_fixture.hpp"

#include <gmock/gmock.h>

namespace alma::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

struct OutboxLinkTest : OutboxFixture {
    OutboxLinkTest() {
        config.retry_base = 1ms;
        add_user(*database, "ann@law.example", "ATTORNEY");
    }

    /// @return its id
    Uuid add_link(LinkKind kind = LinkKind::password_reset, const std::string& email = "ann@law.example") {
        const NewLink link{.kind = kind, .lifetime = 1h};
        std::vector<db::Statement> transaction;
        transaction.push_back(insert_link(link, key, email, clock.now()));
        transaction.push_back(enqueue_link_mail(link, clock.now()));
        run(database->write(std::move(transaction)));
        return link.id;
    }

    const std::string key = "a key of thirty-two bytes or more";
};

TEST(LinkToken, IsOfItsLinkAndKeyAlone) {
    const Uuid link = *parse_uuid("550e8400-e29b-41d4-a716-446655440000");
    const std::string token = link_token("key", link);
    EXPECT_THAT(token, SizeIs(43));
    EXPECT_EQ(token, link_token("key", link));
    EXPECT_NE(token, link_token("another key", link));
    EXPECT_NE(token, link_token("key", random_uuid()));
    EXPECT_THAT(link_token_hash(token), SizeIs(64));
    EXPECT_THAT(link_token_hash(token), Not(HasSubstr(token)));
}

TEST_F(OutboxLinkTest, TheLinkIsInTheMailAndItsHashInTheTable) {
    const Uuid link = add_link();
    const std::string token = link_token(key, link);
    EXPECT_EQ(text("SELECT token_hash FROM account_links"), link_token_hash(token));
    start();
    ASSERT_TRUE(becomes_empty());
    ASSERT_THAT(mailer.sent(), SizeIs(1));
    const Mail mail = mailer.sent()[0];
    EXPECT_THAT(mail.to, ElementsAre("ann@law.example"));
    const std::string url = "https://leads.example/inbox/#/set-password/" + token;
    EXPECT_THAT(mail.text, HasSubstr("\n\n" + url + "\n\n"));
    EXPECT_THAT(mail.html, HasSubstr("<a href=\"" + url + "\">"));
    stop();
    EXPECT_EQ(attempts(MailKind::password_reset, AttemptResult::sent), 1);
}

TEST_F(OutboxLinkTest, AnInvitationReadsOtherwiseThanAReset) {
    add_link(LinkKind::invitation);
    add_link(LinkKind::password_reset);
    start();
    ASSERT_TRUE(becomes_empty());
    ASSERT_THAT(mailer.sent(), SizeIs(2));
    EXPECT_NE(mailer.sent()[0].subject, mailer.sent()[1].subject);
}

TEST_F(OutboxLinkTest, NobodyIsMailedWithoutAnActiveAccount) {
    add_user(*database, "old@law.example", "ATTORNEY", false);
    add_link(LinkKind::password_reset, "old@law.example");
    add_link(LinkKind::password_reset, "nobody@law.example");
    EXPECT_EQ(queued(), 0);
}

TEST_F(OutboxLinkTest, AMailWhoseLinkIsOverIsDropped) {
    add_link();
    clock.advance(1h);
    start();
    EXPECT_TRUE(becomes_empty());
    EXPECT_THAT(mailer.sent(), IsEmpty());
}

TEST_F(OutboxLinkTest, AMailWhoseUserWasLockedIsDropped) {
    add_link();
    run(database->write(db::sql("UPDATE users SET is_active = $1", false)));
    start();
    EXPECT_TRUE(becomes_empty());
    EXPECT_THAT(mailer.sent(), IsEmpty());
}

TEST_F(OutboxLinkTest, AMailGoesWithItsLink) {
    add_link();
    run(database->write(db::sql("DELETE FROM account_links")));
    EXPECT_EQ(queued(), 0);
}

TEST_F(OutboxLinkTest, IsTriedAgainAndThenDroppedAndCounted) {
    mailer.fail_with(MailError("451 later", false));
    add_link();
    start();
    for (int attempt = 1; attempt <= config.max_attempts; ++attempt) {
        wait_until([&] { return mailer.attempts == attempt; });
        clock.advance(1min);
        worker->wake();
    }
    ASSERT_TRUE(becomes_empty());
    stop();
    EXPECT_EQ(attempts(MailKind::password_reset, AttemptResult::temporary_failure), config.max_attempts);
    EXPECT_EQ(metrics.failed(MailKind::password_reset).Value(), 1);
    EXPECT_EQ(failed(), 0);
}

TEST_F(OutboxLinkTest, ALinkOfAnotherKeyIsNotMailed) {
    add_link();
    config.link_key = "the key of another SECRET_KEY";
    start();
    ASSERT_TRUE(becomes_empty());
    EXPECT_THAT(mailer.sent(), IsEmpty());
    stop();
    EXPECT_EQ(metrics.failed(MailKind::password_reset).Value(), 1);
}

TEST_F(OutboxLinkTest, OnlyWhoHasAPasswordIsNotifiedOfLeads) {
    add_user(*database, "invited@law.example", "ATTORNEY");
    run(database->write(
        db::sql("UPDATE users SET is_invited = $1 WHERE email = 'invited@law.example'", true)));
    EXPECT_THAT(run(find_notified(*database)), ElementsAre("ann@law.example"));
}

}  // namespace
}  // namespace alma::mail
