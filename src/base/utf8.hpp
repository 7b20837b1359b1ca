/// Text as code points (UTF-8, RFC 3629).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace alma {

/// Reads one code point off the front of what is not empty. Absent, with nothing read, where it is not UTF-8:
/// an overlong form, a surrogate, or a sequence that is cut short.
std::optional<char32_t> take_code_point(std::string_view& text);

/// @param code_point at most U+10FFFF, and no surrogate
void append_utf8(std::string& out, char32_t code_point);

}  // namespace alma
