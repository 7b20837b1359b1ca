#include "base/invisible.hpp"

#include <gtest/gtest.h>

namespace alma {
namespace {

TEST(Invisible, AreReplacedOneByOne) {
    EXPECT_EQ(replace_invisible("cv\u202efdp.exe", "_"), "cv_fdp.exe");
    EXPECT_EQ(replace_invisible("\ufeffAnn\u200b\u2060 Lee\u00ad", ""), "Ann Lee");
    EXPECT_EQ(replace_invisible("", "_"), "");
}

TEST(Invisible, HasBothEndsOfItsRanges) {
    for (const char* character :
         {"\u00ad",     "\u061c",     "\u115f",     "\u1160",    "\u200b",     "\u200e",     "\u200f",
          "\u2028",     "\u2029",     "\u202a",     "\u202e",    "\u2060",     "\u2066",     "\u2069",
          "\u206f",     "\u3164",     "\ufeff",     "\uffa0",    "\U0001d173", "\U0001d17a", "\U000e0000",
          "\U000e0041", "\U000e00ff", "\U000e01f0", "\U000e0fff"})
        EXPECT_EQ(replace_invisible(character, "_"), "_") << testing::PrintToString(std::string(character));
}

TEST(Invisible, LeavesTheirNeighboursAndWhatWordsAreSpeltWith) {
    for (const char* character :
         {"\u00ac",     "\u00ae",     "\u034f",     "\u115e",     "\u1161",         "\u180d",
          "\u180f",     "\u200a",     "\u200c",     "\u200d",     "\u2010",         "\u2027",
          "\u202f",     "\u205f",     "\u2070",     "\ufe00",     "\ufe0f",         "\ufefe",
          "\ufff9",     "\U0001d172", "\U0001d17b", "\U000e0100", "\U000e01ef",     "\U000e1000",
          "\U0010ffff", "a",          "\u00fc",     "张",         "👩\u200d⚖\ufe0f"})
        EXPECT_EQ(replace_invisible(character, "_"), character);
}

}  // namespace
}  // namespace alma
