#include "leads/file_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace alma::leads {
namespace {

TEST(FileName, ExtensionIsWhatFollowsTheLastDot) {
    EXPECT_EQ(extension_of("resume.pdf"), "pdf");
    EXPECT_EQ(extension_of("Jane.Doe.DOCX"), "DOCX");
    EXPECT_EQ(extension_of("resume."), "");
    EXPECT_EQ(extension_of("resume"), "");
    EXPECT_EQ(extension_of(""), "");
}

TEST(FileName, NamesOfRealPeopleAreSimple) {
    for (const char* name : {"resume.pdf", "Jane Doe (2025), final.docx", "张伟.pdf", "Łukasz Żółć.rtf",
                             "O'Brien.doc", "résumé & cover letter #1.txt", "50% time.pdf",
                             "\xE2\x80\xAE"
                             "fdp.pdf",
                             "-rf.pdf", ".pdf"}) {
        EXPECT_TRUE(is_simple_file_name(name)) << name;
    }
}

TEST(FileName, PathsAndSpecialCharactersAreRefused) {
    for (const char* name : {"../resume.pdf", "a..pdf", "/etc/passwd.pdf", "C:\\resume.pdf", "a\\b.pdf",
                             "<b>.pdf", "a:b.pdf", "\"a\".pdf", "a|b.pdf", "a?.pdf", "*.pdf"}) {
        EXPECT_FALSE(is_simple_file_name(name)) << name;
    }
}

TEST(FileName, ControlCharactersAreRefused) {
    EXPECT_FALSE(is_simple_file_name("a\r\nb.pdf"));
    EXPECT_FALSE(is_simple_file_name("a\tb.pdf"));
    EXPECT_FALSE(is_simple_file_name(std::string_view("a\0b.pdf", 7)));
    EXPECT_FALSE(is_simple_file_name("a\x7F.pdf"));
    EXPECT_FALSE(
        is_simple_file_name("a\xE2\x80\xA8"
                            "b.pdf"))
        << "U+2028 separates lines";
}

TEST(FileName, MustBeUtf8OfAtMost255Characters) {
    EXPECT_FALSE(is_simple_file_name(""));
    EXPECT_FALSE(is_simple_file_name("caf\xE9.pdf"));
    EXPECT_TRUE(is_simple_file_name(std::string(251, 'a') + ".pdf"));
    EXPECT_FALSE(is_simple_file_name(std::string(252, 'a') + ".pdf"));
    std::string name = ".pdf";
    for (int i = 0; i < 251; ++i)
        name = "张" + name;
    EXPECT_TRUE(is_simple_file_name(name));
    EXPECT_FALSE(is_simple_file_name("张" + name));
}

}  // namespace
}  // namespace alma::leads
