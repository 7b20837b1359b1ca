#include "app/env_file.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace alma::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(EnvFile, ReadsNamesAndValuesAndSkipsTheRest) {
    EXPECT_THAT(parse_env_file("# comment\n\n  PORT = 8080  \nexport HOST=0.0.0.0\r\nEMPTY=\n"),
                ElementsAre(Pair("EMPTY", ""), Pair("HOST", "0.0.0.0"), Pair("PORT", "8080")));
}

TEST(EnvFile, ABareValueEndsAtACommentButKeepsAHashInside) {
    EXPECT_THAT(parse_env_file("A=one two # three\nB=p#ss\nC=# nothing"),
                ElementsAre(Pair("A", "one two"), Pair("B", "p#ss"), Pair("C", "")));
}

TEST(EnvFile, QuotesKeepBlanksAndHashes) {
    EXPECT_THAT(parse_env_file("A='it\\n # $x'  # why\nB=\" a\\n\\\"\\\\\\$\\q \""),
                ElementsAre(Pair("A", "it\\n # $x"), Pair("B", " a\n\"\\$\\q ")));
}

TEST(EnvFile, TheLastOfARepeatedNameCounts) {
    EXPECT_THAT(parse_env_file("A=1\nA=2"), ElementsAre(Pair("A", "2")));
}

TEST(EnvFile, ExportAloneIsAName) {
    EXPECT_THAT(parse_env_file("export=1"), ElementsAre(Pair("export", "1")));
}

TEST(EnvFile, AByteOrderMarkIsNoPartOfAName) {
    EXPECT_THAT(parse_env_file("\xEF\xBB\xBF"
                               "A=1"),
                ElementsAre(Pair("A", "1")));
}

std::string complaint_about(std::string_view text) {
    try {
        parse_env_file(text);
    } catch (const Error& error) {
        return error.detail();
    }
    return "";
}

TEST(EnvFile, ABrokenLineIsNamedAndItsValueNotShown) {
    EXPECT_THAT(complaint_about("A=1\nSECRET"), HasSubstr(".env line 2: expected '='"));
    EXPECT_THAT(complaint_about("1A=2"), HasSubstr(".env line 1: expected a name"));
    EXPECT_EQ(complaint_about("A='secret"), ".env line 1: the quote is not closed on its line");
    EXPECT_EQ(complaint_about("A=\"secret\\\""), ".env line 1: the quote is not closed on its line");
    EXPECT_EQ(complaint_about("A='a'b"), ".env line 1: something follows the closing quote");
}

class EnvFileOnDisk : public ::testing::Test {
protected:
    void TearDown() override { std::filesystem::remove(file); }
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / fmt::format("env-file-test-{}", ::getpid());
};

TEST_F(EnvFileOnDisk, NoFileIsNoVariables) {
    EXPECT_THAT(read_env_file(file), IsEmpty());
}

TEST_F(EnvFileOnDisk, IsRead) {
    std::ofstream(file) << "A=1\n";
    EXPECT_THAT(read_env_file(file), ElementsAre(Pair("A", "1")));
}

TEST_F(EnvFileOnDisk, SixtyFourKibibytesAreRefused) {
    std::ofstream(file) << std::string(64 * 1024, '\n');
    EXPECT_THAT(read_env_file(file), IsEmpty());
    std::ofstream(file) << std::string(64 * 1024 + 1, '\n');
    EXPECT_THROW(read_env_file(file), Error);
}

TEST_F(EnvFileOnDisk, ADirectoryIsNoFile) {
    std::filesystem::create_directory(file);
    EXPECT_THROW(read_env_file(file), Error);
}

}  // namespace
}  // namespace alma::app
