#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace alma {
namespace {

TEST(Encoding, Base64urlHasExactlyOneTextForEachByteString) {
    EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
    EXPECT_EQ(from_base64url("-_8"), "\xfb\xff");
    for (const char* text : {"-_8=", "-_9", "-_ 8", "+/8", "A"})
        EXPECT_EQ(from_base64url(text), std::nullopt) << text;
    EXPECT_EQ(from_base64url(""), "");
    const std::string beyond_ascii = std::string("AAAAAA") + '\xC1' + "AAAA";
    EXPECT_EQ(from_base64url(beyond_ascii), std::nullopt) << "libsodium takes it for AAAAAAqAAAA";
}

TEST(Encoding, PercentEscapesAreDecodedOrRefused) {
    EXPECT_EQ(percent_decode("a%20b+c", true), "a b c");
    EXPECT_EQ(percent_decode("a%20b+c", false), "a b+c");
    for (const char* text : {"%", "%4", "%zz", "abc%"})
        EXPECT_EQ(percent_decode(text, true), std::nullopt) << text;
}

TEST(Encoding, PercentEncodingKeepsOnlyUnreservedCharacters) {
    EXPECT_EQ(percent_encode("a b/é~"), "a%20b%2F%C3%A9~");
}

TEST(Encoding, Utf8IsCheckedStrictly) {
    EXPECT_TRUE(is_utf8("张伟 Łukasz \xf0\x9f\x98\x80"));
    for (const char* text : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff", "a\x80"})
        EXPECT_FALSE(is_utf8(text));
    // Wherever it stands in text that is looked at in blocks.
    for (std::size_t at = 0; at < 20; ++at) {
        std::string text(20, 'a');
        EXPECT_TRUE(is_utf8(text));
        text[at] = '\xff';
        EXPECT_FALSE(is_utf8(text)) << at;
    }
    EXPECT_EQ(utf8_length("张伟"), 2u);
}

TEST(Encoding, ControlCharactersAreFoundBeyondAscii) {
    EXPECT_FALSE(has_control_character("张伟 O'Neil \"x\""));
    for (const char* text : {"a\nb", "a\x7f", "\xc2\x85", "\xe2\x80\xa8"})
        EXPECT_TRUE(has_control_character(text));
}

TEST(Encoding, CaseIsIgnoredForAsciiLettersOnly) {
    EXPECT_TRUE(equals_ignoring_case("Content-TYPE", "content-type"));
    EXPECT_FALSE(equals_ignoring_case("Content-Type", "Content-Typ"));
    EXPECT_EQ(ascii_lower("ÄBC@X"), "Äbc@x");
}

}  // namespace
}  // namespace alma
