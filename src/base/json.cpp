#include "base/json.hpp"

#include "base/encoding.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace alma {
namespace {

struct Character {
    char32_t point = 0;
    std::size_t bytes = 0;  ///< 0: nothing that must be escaped
};

/// The character at the front of well-formed UTF-8, when it is a quote, a backslash or a control character.
Character to_escape(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x20 || first == '"' || first == '\\' || first == 0x7f) return {.point = first, .bytes = 1};
    if (first == 0xc2 && byte(1) < 0xa0) return {.point = byte(1), .bytes = 2};
    if (text.starts_with("\u2028")) return {.point = 0x2028, .bytes = 3};
    if (text.starts_with("\u2029")) return {.point = 0x2029, .bytes = 3};
    return {};
}

void append_escape(std::string& out, char32_t point) {
    switch (point) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(point));
    }
}

/// ASCII with nothing to escape, as most texts are. Looks at all bytes, whatever the first ones are, so that
/// the compiler makes it look at sixteen at a time.
bool is_plain(std::string_view text) {
    bool is_special = false;
    for (const char c : text)
        is_special |= static_cast<signed char>(c) < 0x20 || c == 0x7f || c == '"' || c == '\\';  // or >= 0x80
    return !is_special;
}

void append_special(std::string& out, std::string_view text) {
    std::string mended;
    if (!is_utf8(text)) {
        mended = to_valid_utf8(text);
        text = mended;
    }
    std::size_t copied = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto [point, bytes] = to_escape(text.substr(i));
        if (bytes == 0) continue;
        out.append(text, copied, i - copied);
        append_escape(out, point);
        copied = i + bytes;
        i = copied - 1;
    }
    out.append(text, copied, text.size() - copied);
}

}  // namespace

void write_json(std::string& out, std::string_view text) {
    out += '"';
    if (is_plain(text)) {
        out += text;
    } else {
        append_special(out, text);
    }
    out += '"';
}

}  // namespace alma
