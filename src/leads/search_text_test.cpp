#include "leads/search_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace alma::leads {
namespace {

TEST(SearchText, MarksWhereWordsBegin) {
    EXPECT_EQ(search_text("Anne-Marie", "O'Neil", "am@law.example"),
              "  anne-  marie  o'  neil  am@law.example");
    EXPECT_EQ(search_text("Jean  Luc", "Łoś", ""), "  jean  luc  los");
    EXPECT_EQ(search_text("伟", "张", "zw@example.cn"), "  伟  张  zw@example.cn");
    EXPECT_EQ(search_text("张伟li", "", ""), "  张  伟  li");
    EXPECT_EQ(search_text("Bo \"Bobby\"", "", ""), "  bo  bobby");
    EXPECT_EQ(search_text(" ", "\"", ""), "");
}

SearchPattern pattern(std::string_view text) {
    return search_pattern(text).value();
}

TEST(SearchPattern, ThreeCharactersAreLookedForAnywhere) {
    EXPECT_EQ(pattern("Ann").like, "%ann%");
    EXPECT_EQ(pattern("Ann").trigrams, R"("ann")");
    EXPECT_EQ(pattern("Anna").trigrams, R"("ann" "nna")");
    EXPECT_EQ(pattern("n d").like, "%n  d%") << "across words";
    EXPECT_EQ(pattern("e-m").like, "%e-  m%");
}

TEST(SearchPattern, FewerAreLookedForWhereWordsBegin) {
    EXPECT_EQ(pattern("A").like, "%  a%");
    EXPECT_EQ(pattern("A").trigrams, R"("  a")");
    EXPECT_EQ(pattern("an").like, "%  an%");
    EXPECT_EQ(pattern("an").trigrams, R"("  a" " an")");
    EXPECT_EQ(pattern("张").like, "%  张%");
    EXPECT_EQ(pattern("😀").trigrams, "\"  😀\"");
}

TEST(SearchPattern, NothingToLookForMeansEveryLead) {
    for (const char* text : {"", " ", "\"", "\xCC\x81", "\xE2\x80\x8B"})
        EXPECT_FALSE(search_pattern(text)) << text;
}

TEST(SearchPattern, WhatMeansSomethingToLikeOrFts5IsLookedForLiterally) {
    EXPECT_EQ(pattern("100%").like, R"(%100\%%)");
    EXPECT_EQ(pattern("a_b\\").like, R"(%a\_b\\%)");
    EXPECT_EQ(pattern("a\" OR b").like, "%a  or  b%");
    EXPECT_EQ(pattern("a\" OR b").trigrams.find("\"\""), std::string::npos);
}

TEST(SearchPattern, ALongTextIsLookedForByItsFirstTrigrams) {
    std::string text;
    for (int i = 0; i < 60; ++i)
        text += std::to_string(100 + i * 7);
    const SearchPattern long_one = pattern(text);
    EXPECT_EQ(long_one.like, "%" + text + "%");
    EXPECT_EQ(std::ranges::count(long_one.trigrams, '"'), 128);
}

}  // namespace
}  // namespace alma::leads
