#include "base/email_address.hpp"

#include "base/encoding.hpp"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <cwctype>
#include <stdexcept>

namespace alma {
namespace {

constexpr std::size_t max_email_bytes = 254;

/// Takes one code point off the front of well-formed UTF-8.
char32_t take_code_point(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t code_point = length == 1 ? lead : lead & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i)
        code_point = code_point << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
    text.remove_prefix(length);
    return code_point;
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

/// Unicode's property White_Space, without the control characters among it.
bool is_space(char32_t code_point) {
    return code_point == 0x20 || code_point == 0xa0 || code_point == 0x1680 ||
           (code_point >= 0x2000 && code_point <= 0x200a) || code_point == 0x202f || code_point == 0x205f ||
           code_point == 0x3000;
}

bool has_space(std::string_view text) {
    while (!text.empty()) {
        if (is_space(take_code_point(text))) return true;
    }
    return false;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

/// Not the process's locale, which the environment decides: two machines must fold alike. glibc brings this
/// one.
locale_t unicode_locale() {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (locale == nullptr) throw std::runtime_error("the locale C.UTF-8 of glibc is missing");
    return locale;
}

}  // namespace

bool is_email_address(std::string_view text) {
    if (text.size() > max_email_bytes || !is_utf8(text) || has_control_character(text) || has_space(text))
        return false;
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos || at == 0) return false;
    const std::string_view domain = text.substr(at + 1);
    return !domain.contains('@') && domain.contains('.');
}

std::string fold_email(std::string_view email) {
    if (is_ascii(email) && !email.contains('\0')) return ascii_lower(email);
    constexpr char32_t replacement = 0xfffd;
    const std::string valid = to_valid_utf8(email);
    std::string_view rest = valid;
    std::string folded;
    folded.reserve(valid.size());
    while (!rest.empty()) {
        const auto point = static_cast<char32_t>(towlower_l(take_code_point(rest), unicode_locale()));
        append_utf8(folded, point == 0 ? replacement : point);
    }
    return folded;
}

}  // namespace alma
