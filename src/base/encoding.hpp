/// Text encodings that several protocols share.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace alma {

/// The value of a hexadecimal digit in either case, or -1.
constexpr int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

/// Lower-case hexadecimal.
std::string to_hex(std::span<const std::uint8_t> bytes);

/// base64url without padding (RFC 4648 section 5), as JWT uses it.
std::string to_base64url(std::string_view bytes);

/// Refuses padding, white space and non-canonical trailing bits: each byte string has exactly one text.
std::optional<std::string> from_base64url(std::string_view text);

/// Percent-decoding (RFC 3986 section 2.1); with `plus_is_space` as in a form (WHATWG URL, urlencoded
/// parsing). Absent when an escape is cut short or not hexadecimal.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// Percent-encodes all but RFC 3986's unreserved characters, with upper-case hexadecimal digits.
std::string percent_encode(std::string_view text);

/// Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates.
bool is_utf8(std::string_view text);

/// `text` with every byte that is not part of well-formed UTF-8 replaced by U+FFFD.
std::string to_valid_utf8(std::string_view text);

/// Code points of well-formed UTF-8.
std::size_t utf8_length(std::string_view text);

/// Holds a C0 or C1 control character, DEL, or U+2028/U+2029. Expects well-formed UTF-8.
bool has_control_character(std::string_view text);

/// ASCII letters in lower case, all else as it is.
std::string ascii_lower(std::string_view text);

/// Equal but for the case of ASCII letters, as in header names (RFC 9110 section 5.1).
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace alma
