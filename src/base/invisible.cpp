#include "base/invisible.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>

namespace alma {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

/// Ascending. See the header for where it is from, and for what is left out: 034F, 180B-180D, 180F,
/// 200C-200D, FE00-FE0F, E0100-E01EF.
constexpr std::array<Range, 18> invisible{{
    {0x00ad, 0x00ad},  // soft hyphen
    {0x061c, 0x061c},  // Arabic letter mark
    {0x115f, 0x1160},  // Hangul fillers
    {0x17b4, 0x17b5},  // Khmer inherent vowels
    {0x180e, 0x180e},  // Mongolian vowel separator
    {0x200b, 0x200b},  // zero width space
    {0x200e, 0x200f},  // left-to-right and right-to-left marks
    {0x2028, 0x2029},  // line and paragraph separators
    {0x202a, 0x202e},  // bidirectional embeddings and overrides
    {0x2060,
     0x206f},  // word joiner, invisible operators, bidirectional isolates, deprecated format characters
    {0x3164, 0x3164},    // Hangul filler
    {0xfeff, 0xfeff},    // byte order mark
    {0xffa0, 0xffa0},    // halfwidth Hangul filler
    {0xfff0, 0xfff8},    // reserved
    {0x1bca0, 0x1bca3},  // shorthand format controls
    {0x1d173, 0x1d17a},  // musical format controls
    {0xe0000, 0xe00ff},  // tags
    {0xe01f0, 0xe0fff},  // reserved
}};

bool is_invisible(char32_t point) {
    const auto range = std::ranges::lower_bound(invisible, point, {}, &Range::last);
    return range != invisible.end() && range->first <= point;
}

}  // namespace

std::string replace_invisible(std::string_view text, std::string_view with) {
    std::string replaced;
    replaced.reserve(text.size());
    while (!text.empty()) {
        const std::string_view before = text;
        const bool is_shown = !is_invisible(take_code_point(text).value());
        replaced += is_shown ? before.substr(0, before.size() - text.size()) : with;
    }
    return replaced;
}

}  // namespace alma
