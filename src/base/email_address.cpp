#include "base/email_address.hpp"

#include "base/encoding.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <clocale>
#include <cwctype>
#include <stdexcept>

namespace alma {
namespace {

constexpr std::size_t max_email_bytes = 254;

/// Unicode's property White_Space, without the control characters among it.
bool is_space(char32_t code_point) {
    return code_point == 0x20 || code_point == 0xa0 || code_point == 0x1680 ||
           (code_point >= 0x2000 && code_point <= 0x200a) || code_point == 0x202f || code_point == 0x205f ||
           code_point == 0x3000;
}

bool has_space(std::string_view text) {
    while (!text.empty()) {
        if (is_space(take_code_point(text).value())) return true;
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
        const auto point = static_cast<char32_t>(towlower_l(take_code_point(rest).value(), unicode_locale()));
        append_utf8(folded, point == 0 ? replacement : point);
    }
    return folded;
}

}  // namespace alma
