#include "mail/templates.hpp"

#include <gmock/gmock.h>

namespace alma::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Prospect a_prospect() {
    return {.uuid = *parse_uuid("550e8400-e29b-41d4-a716-446655440000"),
            .first_name = "Łukasz",
            .last_name = "O'Neil",
            .email = "lukasz@example.com"};
}

TEST(Templates, TheConfirmationThanksTheProspect) {
    const Mail mail = confirmation_to(a_prospect(), "id", "");
    EXPECT_THAT(mail.to, ElementsAre("lukasz@example.com"));
    EXPECT_EQ(mail.subject, "Thank you for your application");
    EXPECT_THAT(mail.text, HasSubstr("Dear Łukasz O'Neil,"));
    EXPECT_THAT(mail.html, HasSubstr("Dear Łukasz O&#39;Neil,"));
    EXPECT_THAT(mail.text, HasSubstr("Your reference: 550E-8400 (550e8400-e29b-41d4-a716-446655440000)\n"));
}

TEST(Templates, TheConfirmationNamesTheFirmThatHasAName) {
    const Mail mail = confirmation_to(a_prospect(), "id", "Lovelace & Partners");
    EXPECT_THAT(mail.text, HasSubstr("Thank you for your application to Lovelace & Partners. We have"));
    EXPECT_THAT(mail.html, HasSubstr("Thank you for your application to Lovelace &amp; Partners. We have"));
    EXPECT_THAT(confirmation_to(a_prospect(), "id", "").text,
                HasSubstr("Thank you for your application. We have"));
}

TEST(Templates, TheNotificationNamesTheLeadAndRepliesGoToIt) {
    const Mail mail =
        notification_about(a_prospect(), "id", {"ann@law.example"}, "https://leads.example.com");
    EXPECT_EQ(mail.subject, "New Lead Submission");
    for (const std::string& body : {mail.text, mail.html}) {
        EXPECT_THAT(body, HasSubstr("ukasz O"));
        EXPECT_THAT(body, HasSubstr("lukasz@example.com"));
        EXPECT_THAT(
            body, HasSubstr("https://leads.example.com/inbox/#/leads/550e8400-e29b-41d4-a716-446655440000"));
    }
    EXPECT_EQ(mail.reply_to->address, "lukasz@example.com");
    EXPECT_EQ(mail.reply_to->name, "Łukasz O'Neil");
    EXPECT_THAT(notification_about(a_prospect(), "id", {}, "").text, Not(HasSubstr("Lead:")));
}

TEST(Templates, TheNotificationSaysHowToAnswer) {
    Prospect prospect = a_prospect();
    EXPECT_THAT(notification_about(prospect, "id", {}, "").text, HasSubstr("Reply to this message"));
    for (const char* address : {"jürgen@example.com", "a@x,y.z"}) {  // a reply may not know its way
        prospect.email = address;
        const Mail mail = notification_about(prospect, "id", {}, "");
        for (const std::string& body : {mail.text, mail.html}) {
            EXPECT_THAT(body, Not(HasSubstr("Reply to this message")));
            EXPECT_THAT(body, HasSubstr(address));
            EXPECT_THAT(body, HasSubstr("write to the address above"));
        }
    }
}

TEST(Templates, MarkupStaysText) {
    Prospect prospect = a_prospect();
    prospect.first_name = "<script>alert(\"1\")</script>";
    prospect.email = "\"><img>'&@x.y";
    const std::string html = notification_about(prospect, "id", {}, "https://x/\"><b>").html;
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("<img")));
    EXPECT_THAT(html, Not(HasSubstr("<b>")));
    EXPECT_THAT(html, HasSubstr("&quot;&gt;&lt;img&gt;&#39;&amp;@x.y"));
}

TEST(HarmlessName, LosesWhatAMailProgramWouldLink) {
    for (const char* word : {"https://evil.example/x", "www.evil", "evil.com", "Evil.Example", "a@b", "x/y",
                             "evil.com.", "HTTP://X", "пример.рф", "1.com"})
        EXPECT_EQ(harmless_name(std::string("Ann ") + word + " Lee"), "Ann Lee") << word;
}

TEST(HarmlessName, KeepsNames) {
    for (const char* name :
         {"张伟", "Łukasz O'Neil", "J.R. Smith", "Ann-Marie d'Arc", "\"Bob\" Jr.", "Nr. 5", "R2.D2"})
        EXPECT_EQ(harmless_name(name), name);
}

TEST(HarmlessName, KeepsTheJoinersThatNamesAreSpeltWith) {
    // Persian with a zero width non-joiner; Sinhala with a zero width joiner.
    for (const char* name : {"علی\u200cرضا", "ශ්\u200dරී"}) {
        EXPECT_EQ(harmless_name(name), name);
        Prospect prospect = a_prospect();
        prospect.first_name = name;
        EXPECT_THAT(notification_about(prospect, "id", {}, "").text, HasSubstr(name));
    }
}

TEST(HarmlessName, IsTrimmedAndBounded) {
    EXPECT_EQ(harmless_name("  Ann   Lee "), "Ann Lee");
    EXPECT_EQ(harmless_name("\u202eAnn\u200b Lee\ufeff"), "Ann Lee");
    EXPECT_EQ(harmless_name("ev\u200bil.com"), "");
    std::string long_name, expected;
    for (int i = 0; i < 200; ++i) {
        long_name += "张";
        if (i < 80) expected += "张";
    }
    EXPECT_EQ(harmless_name(long_name), expected);
    EXPECT_EQ(
        confirmation_to(
            Prospect{.uuid = {}, .first_name = "evil.com", .last_name = "www.x", .email = "a@b.c"}, "id", "")
            .text.substr(0, 6),
        "Hello,");
}

}  // namespace
}  // namespace alma::mail
