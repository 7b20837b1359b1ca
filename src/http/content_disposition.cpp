#include "http/content_disposition.hpp"

#include "base/encoding.hpp"
#include "base/invisible.hpp"
#include "base/utf8.hpp"

namespace alma::http {
namespace {

/// Takes the character at the front of well-formed text off it, as text.
std::string_view take_character(std::string_view& text) {
    const std::string_view before = text;
    static_cast<void>(take_code_point(text).value());
    return before.substr(0, before.size() - text.size());
}

bool is_harmful(std::string_view character) {
    if (character == "/" || character == "\\") return true;
    return has_control_character(character);
}

/// What both forms of the name start from: well-formed, and without what must not be passed on.
std::string harmless(std::string_view file_name) {
    const std::string text = replace_invisible(to_valid_utf8(file_name), "_");
    std::string_view rest = text;
    std::string name;
    while (!rest.empty()) {
        const std::string_view character = take_character(rest);
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
        const std::string_view character = take_character(name);
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
