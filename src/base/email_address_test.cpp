#include "base/email_address.hpp"

#include <gtest/gtest.h>

#include <string>

namespace alma {
namespace {

TEST(EmailAddress, IsTakenInEveryFormThatTheContractNames) {
    for (const char* text : {"a@b.c", "john@example.com", "o'neil+tag@sub.example.co.uk",
                             "łukasz@例え.テスト", "\"quoted\"@b.c", "a@b.c<d>", "A@B.C"}) {
        EXPECT_TRUE(is_email_address(text)) << text;
    }
}

TEST(EmailAddress, ThatIsNoneIsRefused) {
    for (const char* text : {"", "@", "a", "a@", "@b.c", "a@b", "a.b@c", "a@b@c.d", "a@b.c d", " a@b.c",
                             "a@b.c\n", "a@b.c\r\nBcc: x@y.z", "a\t@b.c", "a\x7f@b.c", "a@b.c\xc2\x85",
                             "a\xc2\xa0@b.c", "a@b.c\xe3\x80\x80", "a\xe2\x80\x83@b.c", "\xff@b.c"}) {
        EXPECT_FALSE(is_email_address(text)) << text;
    }
    EXPECT_FALSE(is_email_address(std::string_view("a\0@b.c", 6)));
}

TEST(EmailAddress, HasAtMost254Bytes) {
    const std::string domain = "@b.c";
    EXPECT_TRUE(is_email_address(std::string(254 - domain.size(), 'a') + domain));
    EXPECT_FALSE(is_email_address(std::string(255 - domain.size(), 'a') + domain));
}

TEST(EmailAddress, IsFoundInWhateverCaseItIsTyped) {
    EXPECT_EQ(fold_email("Ann@Firm.EXAMPLE"), "ann@firm.example");
    EXPECT_EQ(fold_email("ŁUKASZ.ÉMILE@ΑΒ.РФ"), "łukasz.émile@αβ.рф");
    EXPECT_EQ(fold_email("张伟@例え.\xf0\x90\x90\x80"), "张伟@例え.\xf0\x90\x90\xa8");  // Deseret has cases
}

TEST(EmailAddress, FoldsToATextThatEveryDatabaseTakes) {
    EXPECT_EQ(fold_email("A\xff@B.C"), "a\xef\xbf\xbd@b.c");
    EXPECT_EQ(fold_email("\xc5\x81\xed\xa0\x80@B.C"), "ł\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd@b.c");
    EXPECT_EQ(fold_email(std::string_view("A\0@B.C", 6)), "a\xef\xbf\xbd@b.c");
}

}  // namespace
}  // namespace alma
