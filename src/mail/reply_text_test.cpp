#include "mail/reply_text.hpp"

#include "mail/smtp_connection.hpp"

#include <gmock/gmock.h>

#include <algorithm>

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
    EXPECT_TRUE(std::ranges::none_of(text, [](char c) { return c >= 0 && c < ' '; }));
    EXPECT_THAT(text, Not(HasSubstr("\u2028")));
    EXPECT_EQ(scrub(std::string(499, 'x') + "\u00e9\u00e9", {}), std::string(499, 'x'));
}

TEST(ReplyText, HoldsNoAddressInLogs) {
    EXPECT_EQ(without_addresses("550 5.1.1 <a@b.c>: no such user"), "550 5.1.1 [address] no such user");
    EXPECT_EQ(without_addresses(""), "");
    EXPECT_THAT(without_addresses("x a@b.c"), Not(HasSubstr("@")));
}

}  // namespace
}  // namespace alma::mail
