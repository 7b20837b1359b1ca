#include "form/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace alma::form {
namespace {

using ::testing::StartsWith;

std::set<std::string> placeholders(const std::string& text) {
    static const std::regex placeholder(R"(\{(\w+)\})");
    std::set<std::string> found;
    for (std::sregex_iterator i(text.begin(), text.end(), placeholder), end; i != end; ++i)
        found.insert((*i)[1]);
    return found;
}

TEST(Messages, AreCompleteInEveryLanguage) {
    const Language& english = languages().front();
    EXPECT_FALSE(english.texts.empty());
    for (const Language& language : languages()) {
        for (const auto& [key, text] : english.texts) {
            ASSERT_TRUE(language.texts.contains(key)) << language.tag << " lacks " << key;
            EXPECT_FALSE(language.text(key).empty()) << language.tag << " " << key;
            EXPECT_EQ(placeholders(language.text(key)), placeholders(text)) << language.tag << " " << key;
        }
        EXPECT_EQ(language.texts.size(), english.texts.size())
            << language.tag << " has keys that English lacks";
    }
}

TEST(Messages, AreFilledIn) {
    const Language language =
        read_language("xx", R"({"apply": {"a": "{n} of {m}, {n}", "b": "} {", "c": "{none}"}})");
    EXPECT_EQ(language.text("a", {{"n", "1"}, {"m", "{n}"}}), "1 of {n}, 1");
    EXPECT_EQ(language.text("b", {{"n", "1"}}), "} ");
    EXPECT_EQ(language.text("c", {{"n", "1"}}), "");
    EXPECT_THROW((void)language.text("d"), std::logic_error);
}

std::string chosen(std::string_view wanted, std::string_view accept_language) {
    return choose_language(languages(), wanted, accept_language).tag;
}

TEST(Messages, AreInTheLanguageThatWasAskedFor) {
    EXPECT_EQ(chosen("es", "en"), "es");
    EXPECT_EQ(chosen("ES", ""), "es");
    EXPECT_EQ(chosen("en-x-rtl", "es"), "en-x-rtl");
    EXPECT_EQ(chosen("xx", "es"), "es");
}

TEST(Messages, AreElseInTheBrowsersLanguage) {
    EXPECT_EQ(chosen("", ""), "en");
    EXPECT_EQ(chosen("", "es-MX,es;q=0.9,en;q=0.8"), "es");
    EXPECT_EQ(chosen("", "en;q=0.5, es;q=0.7"), "es");
    EXPECT_EQ(chosen("", "de, fr;q=0.9"), "en");
    EXPECT_EQ(chosen("", "de, ES;q=0.1"), "es");
    EXPECT_EQ(chosen("", "es;q=0, en;q=0.1"), "en");
    EXPECT_EQ(chosen("", "es;q=x, *"), "en");
    EXPECT_EQ(chosen("", "en-x-rtl"), "en") << "the pseudo-language is only there for who asks for it";
}

TEST(Messages, OfThePseudoLanguageRunFromRightToLeft) {
    const Language& pseudo = languages().back();
    EXPECT_TRUE(pseudo.is_right_to_left);
    EXPECT_THAT(pseudo.text("send"), StartsWith("\u05e9"));
}

}  // namespace
}  // namespace alma::form
