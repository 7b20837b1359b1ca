#include "base/fold.hpp"

#include <gtest/gtest.h>

namespace alma {
namespace {

TEST(Fold, CaseDoesNotCount) {
    EXPECT_EQ(fold("Ada LOVELACE"), "ada lovelace");
    EXPECT_EQ(fold("ПЁТР"), fold("пётр"));
    EXPECT_EQ(fold("STRASSE"), fold("straße"));
    EXPECT_EQ(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
    EXPECT_EQ(fold("İlker IŞIK"), fold("ilker ışık"));
}

TEST(Fold, AccentsDoNotCount) {
    EXPECT_EQ(fold("MÜLLER"), "muller");
    EXPECT_EQ(fold("Zoë"), "zoe");
    EXPECT_EQ(fold("Zoe\xCC\x88"), "zoe") << "a letter and its mark as two characters";
    EXPECT_EQ(fold("Nguyễn Thị Ánh"), "nguyen thi anh");
    EXPECT_EQ(fold("מִרְיָם"), fold("מרים"));
}

TEST(Fold, LettersWithStrokesAndLigaturesAreSpeltOut) {
    EXPECT_EQ(fold("Łukasz Żółć"), "lukasz zolc");
    EXPECT_EQ(fold("Søren Ærø"), "soren aero");
    EXPECT_EQ(fold("Đoković Þór Œuvre"), "dokovic thor oeuvre");
}

TEST(Fold, FormsOfTheSameCharacterDoNotCount) {
    EXPECT_EQ(fold("ＡＢＣ１２"), "abc12");
    EXPECT_EQ(fold("ﬁnn"), "finn");
    EXPECT_EQ(fold("ℌ"), "h");
    EXPECT_EQ(fold("O’Neil"), "o'neil");
    EXPECT_EQ(fold("Anne‐Marie"), "anne-marie");
}

TEST(Fold, WordsAreOneSpaceApart) {
    EXPECT_EQ(fold("  john \t\n\xC2\xA0 doe\xE3\x80\x80"), "john doe");
    EXPECT_EQ(fold(" "), "");
    EXPECT_EQ(fold(""), "");
}

TEST(Fold, WhatIsInvisibleIsGone) {
    EXPECT_EQ(fold("jo\xE2\x80\x8Bhn \xE2\x80\xAE"
                   "doe\xC2\xAD"),
              "john doe");
    EXPECT_EQ(fold("\xCC\x81"), "");
}

TEST(Fold, OtherScriptsAreKept) {
    EXPECT_EQ(fold("张伟"), "张伟");
    EXPECT_EQ(fold("😀"), "😀");
}

TEST(Fold, WhatIsNoUtf8IsReplaced) {
    EXPECT_EQ(fold("a\xFF"
                   "b"),
              "a\xEF\xBF\xBD"
              "b");
}

TEST(Fold, AFoldedTextIsFolded) {
    for (const char* text : {"İlker Straße", "ΣΊΣΥΦΟΣ", "Ｆｕｌｌ", "\xEF\xB7\xBA", "ǅ", "Ǆ", "김철수"})
        EXPECT_EQ(fold(fold(text)), fold(text)) << text;
}

}  // namespace
}  // namespace alma
