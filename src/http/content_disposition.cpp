#include "http/content_disposition.hpp"

#include "base/encoding.hpp"

#include <array>

namespace alma::http {
namespace {

/// UTF-8 of the characters that are invisible or turn the direction of writing. The two joiners (U+200C,
/// U+200D) are not among them: Persian, Indic scripts and emoji are spelt with them.
constexpr std::array<std::string_view, 18> deceiving{
    "\u200b", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d",
    "\u202e", "\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\u061c", "\ufeff", "\u00ad"};

/// Bytes of the UTF-8 character at the front of well-formed text.
std::size_t length_of_first(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return 1;
    if (lead < 0xe0) return 2;
    return lead < 0xf0 ? 3 : 4;
}

bool is_harmful(std::string_view character) {
    if (character == "/" || character == "\\") return true;
    return has_control_character(character) || std::ranges::find(deceiving, character) != deceiving.end();
}

/// What both forms of the name start from: well-formed, and without what must not be passed on.
std::string harmless(std::string_view file_name) {
    const std::string text = to_valid_utf8(file_name);
    std::string_view rest = text;
    std::string name;
    while (!rest.empty()) {
        const std::string_view character = rest.substr(0, length_of_first(rest));
        rest.remove_prefix(character.size());
        if (is_harmful(character)) {
            name += '_';
        } else {
            name += character;
        }
    }
    return name.empty() ? "download" : name;
}

/// For clients that do not know filename*. RFC 6266 appendix D: no quotes, backslashes, or percent signs.
std::string ascii_of(std::string_view name) {
    std::string ascii;
    while (!name.empty()) {
        const std::string_view character = name.substr(0, length_of_first(name));
        name.remove_prefix(character.size());
        const char c = character.front();
        const bool is_plain = character.size() == 1 && c != '"' && c != '%';
        ascii += is_plain ? c : '_';
    }
    return ascii;
}

}  // namespace

std::string attachment_named(std::string_view file_name) {
    const std::string name = harmless(file_name);
    const std::string ascii = ascii_of(name);
    std::string value = "attachment; filename=\"" + ascii + '"';
    // RFC 8187: the unreserved characters of percent_encode are all attr-char.
    if (ascii != name) value += "; filename*=UTF-8''" + percent_encode(name);
    return value;
}

}  // namespace alma::http
