#include "mail/smtp_dialogue.hpp"

#include <gmock/gmock.h>

namespace alma::mail {
namespace {

using ::testing::HasSubstr;

struct Exchange {
    std::string command;
    std::string reply;
};

SmtpDialogue after(const std::vector<Exchange>& exchanges, bool needs_smtputf8 = false) {
    SmtpDialogue dialogue({"ann@x.y", "bob@x.y"}, needs_smtputf8);
    for (const auto& [command, reply] : exchanges) {
        if (!command.empty()) dialogue.sent(command + "\r\n");
        std::string_view rest = reply;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            dialogue.received(std::string(rest.substr(0, end)) + "\r\n");
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return dialogue;
}

TEST(SmtpDialogue, TheReplyThatRefusedIsKeptAndTheByeIsNot) {
    const auto failure = after({{"", "220 hi"},
                                {"EHLO x", "250-x\n250 SIZE"},
                                {"MAIL FROM:<a@b.c>", "250 ok"},
                                {"RCPT TO:<ann@x.y>", "250 ok"},
                                {"DATA", "554 5.6.0 Not wanted"},
                                {"QUIT", "221 Bye"}})
                             .failure();
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->text, "554 5.6.0 Not wanted");
    EXPECT_TRUE(failure->is_permanent);
}

TEST(SmtpDialogue, LinesOfAReplyAreJoined) {
    const auto failure =
        after({{"AUTH PLAIN",
                "535-5.7.8 Username and Password not accepted. Learn more at\n535 5.7.8 https://x"}})
            .failure();
    EXPECT_EQ(failure->text, "535 5.7.8 Username and Password not accepted. Learn more at https://x");
    EXPECT_FALSE(failure->is_permanent);
}

TEST(SmtpDialogue, OnlyWhatSpeaksOfTheMailIsPermanent) {
    EXPECT_TRUE(after({{"MAIL FROM:<a@b.c>", "550 no"}}).failure()->is_permanent);
    EXPECT_FALSE(after({{"MAIL FROM:<a@b.c>", "451 later"}}).failure()->is_permanent);
    EXPECT_FALSE(after({{"MAIL FROM:<a@b.c>", "530 5.7.0 Must issue a STARTTLS command first"}})
                     .failure()
                     ->is_permanent);
    EXPECT_FALSE(after({{"", "554 No SMTP service here"}}).failure()->is_permanent);
    EXPECT_FALSE(after({{"STARTTLS", "500 what"}}).failure()->is_permanent);
}

TEST(SmtpDialogue, TheMailFailsOnlyWhenEveryRecipientIsRefused) {
    EXPECT_FALSE(after({{"RCPT TO:<ann@x.y>", "550 no"}, {"RCPT TO:<bob@x.y>", "250 ok"}}).failure());
    const auto permanent =
        after({{"RCPT TO:<ann@x.y>", "550 no"}, {"RCPT TO:<bob@x.y>", "551 no"}}).failure();
    EXPECT_EQ(permanent->text, "550 no");
    EXPECT_TRUE(permanent->is_permanent);
    const auto temporary =
        after({{"RCPT TO:<ann@x.y>", "550 no"}, {"RCPT TO:<bob@x.y>", "452 full"}}).failure();
    EXPECT_EQ(temporary->text, "452 full");
    EXPECT_FALSE(temporary->is_permanent);
}

TEST(SmtpDialogue, EachRefusedRecipientIsNamed) {
    const SmtpDialogue dialogue = after({{"RCPT TO:<ann@x.y>", "250 ok"}, {"RCPT TO:<bob@x.y>", "550 no"}});
    ASSERT_EQ(dialogue.refused().size(), 1u);
    EXPECT_EQ(dialogue.refused()[0].recipient, "bob@x.y");
    EXPECT_EQ(dialogue.refused()[0].reply, "550 no");
    EXPECT_TRUE(dialogue.refused()[0].is_permanent);
    const SmtpDialogue later =
        after({{"RCPT TO:<ann@x.y>", "450 busy"}, {"RCPT TO:<bob@x.y>", "530 log in"}});
    ASSERT_EQ(later.refused().size(), 2u);
    EXPECT_FALSE(later.refused()[0].is_permanent);
    EXPECT_FALSE(later.refused()[1].is_permanent) << "the relay is not set up";
}

TEST(SmtpDialogue, BreaksOffWhenSmtputf8IsNotOffered) {
    SmtpDialogue dialogue({"müller@x.y"}, true);
    dialogue.sent("MAIL FROM:<a@b.c> SIZE=5\r\n");
    EXPECT_FALSE(dialogue.received("250 ok\r\n"));
    EXPECT_TRUE(dialogue.failure()->is_permanent);
    EXPECT_THAT(dialogue.failure()->text, HasSubstr("SMTPUTF8"));

    SmtpDialogue offered({"müller@x.y"}, true);
    offered.sent("MAIL FROM:<a@b.c> SIZE=5 SMTPUTF8\r\n");
    EXPECT_TRUE(offered.received("250 ok\r\n"));
    EXPECT_FALSE(offered.failure());
}

TEST(SmtpDialogue, AnEndlessReplyIsCut) {
    SmtpDialogue dialogue({"ann@x.y"}, false);
    for (int i = 0; i < 1000; ++i)
        dialogue.received("550-" + std::string(100, 'x') + "\r\n");
    dialogue.received("550 end\r\n");
    EXPECT_LE(dialogue.failure()->text.size(), 1100u);
}

TEST(SmtpDialogue, AReplyMayBeginWithALineWithoutText) {
    const SmtpDialogue dialogue = after({{"RCPT TO:<ann@x.y>", "550-\n550 5.1.1 No such user"},
                                         {"RCPT TO:<bob@x.y>", "551-\n551-\n551-5.1.1 a\n551 5.1.1 b"}});
    ASSERT_EQ(dialogue.refused().size(), 2u);
    EXPECT_EQ(dialogue.refused()[0].reply, "550 5.1.1 No such user");
    EXPECT_TRUE(dialogue.refused()[0].is_permanent);
    EXPECT_EQ(dialogue.refused()[1].reply, "551 5.1.1 a b");
    EXPECT_EQ(after({{"MAIL FROM:<a@b.c>", "451-\n451-\n451"}}).failure()->text, "451");
}

TEST(SmtpDialogue, AFirstLineThatIsTooLongIsCut) {
    const auto failure =
        after({{"MAIL FROM:<a@b.c>", "550-" + std::string(5000, 'x') + "\n550 5.1.1 end"}}).failure();
    EXPECT_EQ(failure->text, "550 " + std::string(1024, 'x'));
}

TEST(SmtpDialogue, ARecipientIsRefusedOnce) {
    SmtpDialogue dialogue({"ann@x.y", "bob@x.y"}, false);
    dialogue.sent("RCPT TO:<ann@x.y>\r\n");
    dialogue.received("550 no\r\n");
    dialogue.received("550 never\r\n");
    EXPECT_EQ(dialogue.refused().size(), 1u);
    EXPECT_FALSE(dialogue.failure()) << "bob is not refused";
}

TEST(SmtpDialogue, NonsenseIsIgnored) {
    EXPECT_FALSE(after({{"", "\n5\n55\nabc def\n"}, {"EHLO", "250"}}).failure());
}

}  // namespace
}  // namespace alma::mail
