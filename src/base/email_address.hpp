/// E-mail addresses as the contract takes them.
#pragma once

#include <string_view>

namespace alma {

/// Exactly one '@', something on both sides, a dot in the domain, no control character or space, well-formed
/// UTF-8, at most 254 bytes (RFC 5321 section 4.5.3.1.3).
bool is_email_address(std::string_view text);

}  // namespace alma
