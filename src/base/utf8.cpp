#include "base/utf8.hpp"

namespace alma {

std::optional<char32_t> take_code_point(std::string_view& text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    std::size_t length = 1;
    char32_t point = first;
    if (first >= 0x80) {
        if (first >= 0xc2 && first <= 0xdf) {
            length = 2;
            point = first & 0x1f;
        } else if (first >= 0xe0 && first <= 0xef) {
            length = 3;
            point = first & 0x0f;
        } else if (first >= 0xf0 && first <= 0xf4) {
            length = 4;
            point = first & 0x07;
        } else {
            return std::nullopt;
        }
    }
    if (text.size() < length) return std::nullopt;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
        point = point << 6 | (byte(i) & 0x3f);
    }
    const bool is_overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
    if (is_overlong || is_surrogate || point > 0x10ffff) return std::nullopt;
    text.remove_prefix(length);
    return point;
}

void append_utf8(std::string& out, char32_t code_point) {
    const auto continuation = [&](unsigned shift) {
        out += static_cast<char>(0x80 | (code_point >> shift & 0x3f));
    };
    if (code_point < 0x80) {
        out += static_cast<char>(code_point);
    } else if (code_point < 0x800) {
        out += static_cast<char>(0xc0 | code_point >> 6);
        continuation(0);
    } else if (code_point < 0x10000) {
        out += static_cast<char>(0xe0 | code_point >> 12);
        continuation(6);
        continuation(0);
    } else {
        out += static_cast<char>(0xf0 | code_point >> 18);
        continuation(12);
        continuation(6);
        continuation(0);
    }
}

}  // namespace alma
