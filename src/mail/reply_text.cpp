#include "mail/reply_text.hpp"

#include "base/encoding.hpp"

#include <algorithm>

namespace alma::mail {
namespace {

constexpr std::size_t max_error_bytes = 500;

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// @param text well-formed UTF-8
std::string without_controls(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const std::string_view character(
            text.begin(), std::ranges::find_if_not(text.begin() + 1, text.end(), continues_character));
        shown += has_control_character(character) ? std::string_view(" ") : character;
        text.remove_prefix(character.size());
    }
    return shown;
}

}  // namespace

std::string scrub(std::string text, const std::vector<std::string>& secrets) {
    for (const std::string& secret : secrets)
        replace_all(text, secret, "***");
    text = without_controls(to_valid_utf8(text));
    std::size_t end = std::min(text.size(), max_error_bytes);
    while (end > 0 && end < text.size() && continues_character(text[end]))
        --end;
    text.resize(end);
    return text;
}

std::string without_addresses(std::string_view text) {
    std::string cleaned;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        cleaned += word.contains('@') ? std::string_view("[address]") : word;
        if (end < text.size()) cleaned += ' ';
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return cleaned;
}

}  // namespace alma::mail
