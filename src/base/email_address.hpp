/// E-mail addresses as the contract takes them.
#pragma once

#include <string>
#include <string_view>

namespace alma {

/// Exactly one '@', something on both sides, a dot in the domain, no control character or space (of Unicode,
/// too), well-formed UTF-8, at most 254 bytes (RFC 5321 section 4.5.3.1.3).
bool is_email_address(std::string_view text);

/// The form under which accounts are unique and found: every letter that Unicode has a single lower-case
/// letter for, in lower case. "Ann@Firm.EXAMPLE" -> "ann@firm.example". Takes whatever somebody typed: what
/// a database refuses as text, a NUL or what is no well-formed UTF-8, becomes U+FFFD, so that it is looked
/// for like any other address.
std::string fold_email(std::string_view email);

}  // namespace alma
