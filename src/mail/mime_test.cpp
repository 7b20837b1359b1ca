#include "mail/mime.hpp"

#include "base/error.hpp"
#include "mail/address.hpp"
#include "support/parsed_mail.hpp"

#include <gmock/gmock.h>

namespace alma::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Mailbox firm{.name = "Kanzlei Müller & Söhne", .address = "office@firm.example"};
const Instant noon = *parse_instant("2025-09-26T12:00:00");

Mail a_mail() {
    return {.message_id = "550e8400-e29b-41d4-a716-446655440000",
            .to = {"ann@law.example", "bob@law.example"},
            .reply_to = Mailbox{.name = "张伟 Łukasz", .address = "zhang@example.com"},
            .subject = "New Lead Submission",
            .text = "Hello\n.\n.dot\nFrom here\n",
            .html = "<p>Hello</p>\n"};
}

ParsedMail built(const Mail& mail) {
    return parse_mail(build_message(mail, firm, noon).bytes);
}

TEST(Mime, SaysWhatTheMailSays) {
    const ParsedMail parsed = built(a_mail());
    EXPECT_THAT(parsed.to, ElementsAre("ann@law.example", "bob@law.example"));
    EXPECT_EQ(parsed.header("Subject"), "New Lead Submission");
    EXPECT_EQ(parsed.from_name, "Kanzlei Müller & Söhne");
    EXPECT_THAT(parsed.reply_to, ElementsAre("zhang@example.com"));
    EXPECT_EQ(parsed.reply_to_name, "张伟 Łukasz");
    EXPECT_EQ(parsed.text, "Hello\n.\n.dot\nFrom here\n");
    EXPECT_EQ(parsed.html, "<p>Hello</p>\n");
}

TEST(Mime, HasTheHeadersOfAnAutomaticMail) {
    const ParsedMail parsed = built(a_mail());
    EXPECT_EQ(parsed.header("Message-Id"), "<550e8400-e29b-41d4-a716-446655440000@firm.example>");
    EXPECT_EQ(parsed.header("Auto-Submitted"), "auto-generated");
    EXPECT_EQ(parsed.header("X-Auto-Response-Suppress"), "All");
    EXPECT_EQ(parsed.header("MIME-Version"), "1.0");
    EXPECT_EQ(parsed.header("Date"), "Fri, 26 Sep 2025 12:00:00 +0000");
    EXPECT_THAT(parsed.header("Content-Type"), HasSubstr("multipart/alternative"));
}

TEST(Mime, IsAsciiInShortLinesThatEndWithCrLf) {
    Mail mail = a_mail();
    mail.text = std::string(5000, 'x') + "\r\nlone\rCR 张\n";
    mail.reply_to->name = std::string(150, 'n') + " 张伟 " + std::string(150, 'm');
    mail.subject = std::string(300, 's') + " ü";
    const std::string bytes = build_message(mail, firm, noon).bytes;
    std::size_t begin = 0;
    while (begin < bytes.size()) {
        const std::size_t end = bytes.find("\r\n", begin);
        ASSERT_NE(end, std::string::npos);
        const std::string line = bytes.substr(begin, end - begin);
        EXPECT_THAT(line, Not(HasSubstr("\n")));
        EXPECT_THAT(line, Not(HasSubstr("\r")));
        // One word without a blank cannot be folded: 78 is the target, 998 the limit.
        EXPECT_LE(line.size(), 400u) << line;
        begin = end + 2;
    }
    EXPECT_TRUE(std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
    EXPECT_EQ(built(mail).header("Subject"), mail.subject);
    EXPECT_EQ(built(mail).reply_to_name, mail.reply_to->name);
}

TEST(Mime, NoNameAddsAHeaderOrARecipient) {
    const std::size_t headers = built(a_mail()).headers.size();
    for (const char* name : {"a\r\nBcc: evil@x.y", "\"<evil@x.y>\"", "evil@x.y, other", "a;b:c",
                             "=?utf-8?q?a=0D=0ABcc:_e@x.y?=", "\u202ereversed", "(comment) \\", "\xff\xfe",
                             "", "\"", "a\nb", "undisclosed: e@x.y;"}) {
        Mail mail = a_mail();
        mail.reply_to->name = name;
        const ParsedMail parsed = built(mail);
        EXPECT_THAT(parsed.to, ElementsAre("ann@law.example", "bob@law.example")) << name;
        EXPECT_THAT(parsed.reply_to, ElementsAre("zhang@example.com")) << name;
        EXPECT_EQ(parsed.headers.size(), headers) << name;
    }
}

TEST(Mime, AnAddressIsQuotedWhereItMust) {
    EXPECT_EQ(to_wire("ann@law.example")->text, "ann@law.example");
    EXPECT_EQ(to_wire("a,b;c<d>\"\\@x.y")->text, R"("a,b;c<d>\"\\"@x.y)");
    EXPECT_EQ(to_wire(R"("a,b"@x.y)")->text, R"("a,b"@x.y)");
    EXPECT_EQ(to_wire(".a@x.y")->text, R"(".a"@x.y)");
    EXPECT_EQ(to_wire("a@müller.example")->text, "a@xn--mller-kva.example");
    EXPECT_TRUE(to_wire("a@müller.example")->is_ascii);
    EXPECT_FALSE(to_wire("müller@x.y")->is_ascii);
}

TEST(Mime, AnAddressThatIsNoneIsRefused) {
    for (const char* address :
         {"", "a", "@x.y", "a@", "a@x.y>,<b@x.y", "a@x.y\r\nRCPT TO:<b@x.y", "a\r\nb@x.y", "a@b@x.y",
          "a b@x.y", "a@x..y", "a@x.y.", "a@.x", "a@\"x\"", "\xff@x.y", "a@x.y\x7f", "a@x y", "a@x,y"})
        EXPECT_FALSE(to_wire(address)) << address;
    EXPECT_FALSE(to_wire(std::string(250, 'a') + "@x.yz"));
    EXPECT_TRUE(to_wire(std::string(249, 'a') + "@x.yz"));
}

TEST(Mime, ARecipientThatCannotBeWrittenDoesNotKeepTheMailFromTheOthers) {
    Mail mail = a_mail();
    mail.to = {"a@x,y.z", "bob@müller.example"};
    const WireMessage message = build_message(mail, firm, noon);
    EXPECT_THAT(message.recipients, ElementsAre("bob@xn--mller-kva.example"));
    EXPECT_THAT(message.names, ElementsAre("bob@müller.example"));
    ASSERT_EQ(message.unwritable.size(), 1u);
    EXPECT_EQ(message.unwritable[0].recipient, "a@x,y.z");
    EXPECT_TRUE(message.unwritable[0].is_permanent);
    mail.to.pop_back();
    EXPECT_THROW(build_message(mail, firm, noon), MailError);
}

TEST(Mime, ARepliesAddressBeyondAsciiIsWrittenWhereItMayBe) {
    Mail mail = a_mail();
    mail.reply_to = Mailbox{.name = "Jürgen", .address = "jürgen@müller.example"};
    const ParsedMail in_file = parse_mail(build_message(mail, firm, noon, Hop::file).bytes);
    EXPECT_THAT(in_file.reply_to, ElementsAre("jürgen@xn--mller-kva.example"));
    EXPECT_EQ(in_file.reply_to_name, "Jürgen");
    // libcurl would not ask for SMTPUTF8.
    const WireMessage ascii = build_message(mail, firm, noon);
    EXPECT_FALSE(ascii.needs_smtputf8);
    EXPECT_THAT(parse_mail(ascii.bytes).reply_to, testing::IsEmpty());
    // But for this envelope it does.
    mail.to.emplace_back("ännchen@law.example");
    const WireMessage utf8 = build_message(mail, firm, noon);
    EXPECT_TRUE(utf8.needs_smtputf8);
    EXPECT_THAT(parse_mail(utf8.bytes).reply_to, ElementsAre("jürgen@xn--mller-kva.example"));
}

TEST(Mime, HostileAddressesStayOneRecipient) {
    for (const char* address : {"a@müller.example", "ü@müller.example", "a,b@x.y", "a;b@x.y", "<e@x.y",
                                "\"@x.y", "a\"b\"@x.y", "(c)@x.y", "a:b@x.y", "\\@x.y"}) {
        Mail mail = a_mail();
        mail.to = {address};
        if (!to_wire(address)) continue;
        const WireMessage message = build_message(mail, firm, noon);
        EXPECT_THAT(message.recipients, ElementsAre(to_wire(address)->text));
        EXPECT_THAT(parse_mail(message.bytes).to, ElementsAre(to_wire(address)->text)) << message.bytes;
    }
}

TEST(Mime, RecipientsThatCannotBeWrittenAreAPermanentFailure) {
    for (const std::vector<std::string>& to : {std::vector<std::string>{}, {"a@b.c>,<d", "a@x,y.z"}}) {
        Mail mail = a_mail();
        mail.to = to;
        try {
            build_message(mail, firm, noon);
            ADD_FAILURE() << "a mail was built";
        } catch (const MailError& error) {
            EXPECT_TRUE(error.is_permanent());
        }
    }
}

TEST(Mime, AReplyToThatCannotBeWrittenIsLeftOut) {
    for (const char* address : {"a@b.c>,<d", "müller@x.y"}) {
        Mail mail = a_mail();
        mail.reply_to->address = address;
        EXPECT_THAT(built(mail).reply_to, ElementsAre());
        EXPECT_FALSE(build_message(mail, firm, noon).needs_smtputf8);
    }
}

TEST(Mime, ALocalPartBeyondAsciiNeedsSmtputf8) {
    Mail mail = a_mail();
    mail.to = {"müller@x.y"};
    EXPECT_TRUE(build_message(mail, firm, noon).needs_smtputf8);
    EXPECT_THAT(built(mail).to, ElementsAre("müller@x.y"));
    EXPECT_FALSE(build_message(a_mail(), firm, noon).needs_smtputf8);
}

TEST(Sender, IsAnAddressWithOrWithoutAName) {
    EXPECT_EQ(parse_sender("office@firm.example").address, "office@firm.example");
    EXPECT_EQ(parse_sender("\"Firm, LLP\" <office@firm.example>").name, "Firm, LLP");
    EXPECT_EQ(parse_sender("Müller <office@firm.example>").name, "Müller");
    EXPECT_EQ(parse_sender("Müller <office@firm.example>").address, "office@firm.example");
    for (const char* text :
         {"", "firm", "a@x.y, b@x.y", "A <a@x.y>, B <b@x.y>", "müller@x.y", "a@x.y\nBcc: b@x.y", "<>"})
        EXPECT_THROW(parse_sender(text), Error) << text;
}

}  // namespace
}  // namespace alma::mail
