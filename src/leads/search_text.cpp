#include "leads/search_text.hpp"

#include "base/fold.hpp"
#include "base/utf8.hpp"

#include <glib.h>

#include <algorithm>
#include <vector>

namespace alma::leads {
namespace {

constexpr std::string_view word_start = "  ";
constexpr std::size_t trigram = 3;
// More would find nothing that LIKE does not sort out.
constexpr std::size_t most_trigrams = 64;

/// A name of ideographs has no spaces, and each of them may be what somebody looks for.
bool is_ideograph(char32_t c) {
    const GUnicodeScript script = g_unichar_get_script(c);
    return script == G_UNICODE_SCRIPT_HAN || script == G_UNICODE_SCRIPT_HIRAGANA ||
           script == G_UNICODE_SCRIPT_KATAKANA;
}

/// '"' is what trigrams are quoted with.
bool is_space(char32_t c) {
    return c == ' ' || c == '"';
}

/// Each word of the folded text behind two spaces.
std::string with_word_starts(std::string_view folded) {
    std::string marked;
    char32_t before = ' ';
    while (!folded.empty()) {
        const char32_t c = *take_code_point(folded);
        const bool is_behind_word =
            is_space(before) || before == '-' || before == '\'' || is_ideograph(before);
        if (!is_space(c)) {
            if (is_behind_word || is_ideograph(c)) marked += word_start;
            append_utf8(marked, c);
        }
        before = c;
    }
    return marked;
}

std::vector<std::string_view> characters_of(std::string_view text) {
    std::vector<std::string_view> characters;
    while (!text.empty()) {
        const std::string_view before = text;
        take_code_point(text);
        characters.push_back(before.substr(0, before.size() - text.size()));
    }
    return characters;
}

std::string like(std::string_view needle) {
    std::string pattern = "%";
    for (const char c : needle) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    pattern += '%';
    return pattern;
}

/// @param characters neighbours in one text
std::string trigrams_of(const std::vector<std::string_view>& characters) {
    std::vector<std::string_view> trigrams;
    for (std::size_t i = 0; i + trigram <= characters.size(); ++i) {
        const char* begin = characters[i].data();
        const std::string_view last = characters[i + trigram - 1];
        trigrams.emplace_back(begin, static_cast<std::size_t>(last.data() + last.size() - begin));
    }
    std::ranges::sort(trigrams);
    const auto repeated = std::ranges::unique(trigrams);
    trigrams.erase(repeated.begin(), repeated.end());
    if (trigrams.size() > most_trigrams) trigrams.resize(most_trigrams);
    std::string quoted;
    for (const std::string_view each : trigrams) {
        if (!quoted.empty()) quoted += ' ';
        quoted.append("\"").append(each).append("\"");
    }
    return quoted;
}

}  // namespace

std::string search_text(std::string_view first_name, std::string_view last_name, std::string_view email) {
    return with_word_starts(fold(first_name)) + with_word_starts(fold(last_name)) +
           with_word_starts(fold(email));
}

std::optional<SearchPattern> search_pattern(std::string_view text) {
    const std::string marked = with_word_starts(fold(text));
    if (marked.empty()) return std::nullopt;
    std::string_view needle = marked;
    if (characters_of(needle).size() >= word_start.size() + trigram) needle.remove_prefix(word_start.size());
    return SearchPattern{.like = like(needle), .trigrams = trigrams_of(characters_of(needle))};
}

}  // namespace alma::leads
