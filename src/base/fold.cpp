#include "base/fold.hpp"

#include "base/utf8.hpp"

#include <glib.h>

#include <memory>

namespace alma {
namespace {

struct Free {
    void operator()(char* text) const { g_free(text); }
};
using GText = std::unique_ptr<char, Free>;

GText compatibility_form(const char* text) {
    return GText(g_utf8_normalize(text, -1, G_NORMALIZE_ALL));
}

/// Case folding may compose what was taken apart ("İ"), and taking apart may give capitals ("ℌ").
GText folded_letters(std::string_view text) {
    const GText valid(g_utf8_make_valid(text.data(), static_cast<gssize>(text.size())));
    const GText apart = compatibility_form(valid.get());
    const GText lower(g_utf8_casefold(apart.get(), -1));
    return compatibility_form(lower.get());
}

/// Letters with strokes and ligatures are letters of their own to Unicode, and one of these to who types
/// them on another keyboard. Empty: the character stands for itself.
std::string_view spelt_out(char32_t c) {
    switch (c) {
        case U'ł':
            return "l";
        case U'ø':
            return "o";
        case U'đ':
        case U'ð':
            return "d";
        case U'ħ':
            return "h";
        case U'ŧ':
            return "t";
        case U'ı':
            return "i";
        case U'æ':
            return "ae";
        case U'œ':
            return "oe";
        case U'þ':
            return "th";
        case U'‘':
        case U'’':
        case U'ʼ':
        case U'`':
            return "'";
        case U'‐':
        case U'‒':
        case U'–':
        case U'—':
            return "-";
        default:
            return {};
    }
}

bool is_invisible_mark(char32_t c) {
    const GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK || type == G_UNICODE_FORMAT;
}

bool separates_words(char32_t c) {
    return g_unichar_isspace(c) || g_unichar_iscntrl(c);
}

}  // namespace

std::string fold(std::string_view text) {
    const GText letters = folded_letters(text);
    std::string folded;
    folded.reserve(text.size());
    bool is_between_words = false;
    for (std::string_view rest = letters.get(); !rest.empty();) {
        const char32_t c = *take_code_point(rest);
        if (is_invisible_mark(c)) continue;
        if (separates_words(c)) {
            is_between_words = true;
            continue;
        }
        if (is_between_words && !folded.empty()) folded += ' ';
        is_between_words = false;
        if (const std::string_view letter = spelt_out(c); !letter.empty()) {
            folded += letter;
        } else {
            append_utf8(folded, c);
        }
    }
    return folded;
}

}  // namespace alma
