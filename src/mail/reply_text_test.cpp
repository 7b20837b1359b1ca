#include "mail/reply_text.hpp"

#include "base/encoding.hpp"
#include "mail/smtp_connection.hpp"

#include <gmock/gmock.h>

namespace alma::mail {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReplyText, HoldsNoSecretNoControlCharacterAndAtMost500Bytes) {
    SmtpConfig config;
    config.username = "ann";
    config.password = "hunter2";
    const std::string text =
        scrub("500 what is AUTH PLAIN AGFubgBodW50ZXIy, aHVudGVyMg== or hunter2\r\n\x1b[2J\xff \xe2\x80\xa8",
              secrets_of(config));
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
    EXPECT_THAT(text, Not(HasSubstr("AGFubgBodW50ZXIy")));
    EXPECT_THAT(text, Not(HasSubstr("aHVudGVyMg==")));
    EXPECT_FALSE(has_control_character(text));
    EXPECT_EQ(scrub(std::string(499, 'x') + "\u00e9\u00e9", {}), std::string(499, 'x'));
}

TEST(ReplyText, EachControlCharacterBecomesASpace) {
    for (const std::string control :
         {"\t", "\x1b", "\x7f", "\u0080", "\u0085", "\u009b", "\u009f", "\u2028", "\u2029"})
        EXPECT_EQ(scrub("550 a" + control + "31m", {}), "550 a 31m");
    const std::string kept = "550 Łukasz ~ \u00a0 \u00c2 张伟 🙂";
    EXPECT_EQ(scrub(kept, {}), kept);
}

TEST(ReplyText, HoldsNoAddressInLogs) {
    EXPECT_EQ(without_addresses("550 5.1.1 <a@b.c>: no such user"), "550 5.1.1 [address] no such user");
    EXPECT_EQ(without_addresses(""), "");
    EXPECT_THAT(without_addresses("x a@b.c"), Not(HasSubstr("@")));
}

}  // namespace
}  // namespace alma::mail
