#include "base/csv.hpp"

#include <gtest/gtest.h>

namespace alma {
namespace {

std::string cell(std::string_view text) {
    std::string out;
    write_csv_cell(out, text);
    return out;
}

TEST(CsvCell, IsQuotedWhereItNeedsToBe) {
    EXPECT_EQ(cell("plain text"), "plain text");
    EXPECT_EQ(cell(""), "");
    EXPECT_EQ(cell("Doe, John"), "\"Doe, John\"");
    EXPECT_EQ(cell("the \"boss\""), "\"the \"\"boss\"\"\"");
    EXPECT_EQ(cell("two\r\nlines"), "\"two\r\nlines\"");
    EXPECT_EQ(cell(" x"), "\" x\"");
    EXPECT_EQ(cell("x "), "\"x \"");
}

TEST(CsvCell, IsNoFormula) {
    EXPECT_EQ(cell("=1+1"), "'=1+1");
    EXPECT_EQ(cell("+1"), "'+1");
    EXPECT_EQ(cell("-1"), "'-1");
    EXPECT_EQ(cell("@SUM(A1)"), "'@SUM(A1)");
    EXPECT_EQ(cell("\t=1"), "'\t=1");
    EXPECT_EQ(cell("\r=1"), "\"'\r=1\"");
    EXPECT_EQ(cell("\n=1"), "\"'\n=1\"");
    EXPECT_EQ(cell("＝1"), "'＝1");
    EXPECT_EQ(cell("=HYPERLINK(\"http://evil.example\")"), "\"'=HYPERLINK(\"\"http://evil.example\"\")\"");
    EXPECT_EQ(cell("a=1"), "a=1");
}

}  // namespace
}  // namespace alma
