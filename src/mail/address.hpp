/// E-mail addresses in the form that SMTP commands and message headers need.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace alma::mail {

/// An address that can be written between '<' and '>' as it is.
struct WireAddress {
    std::string text;
    bool is_ascii = true;  ///< else it needs a relay that offers SMTPUTF8 (RFC 6531)
};

/// The contract takes nearly any text with one '@' as an address; RFC 5321 section 4.1.2 does not. A local
/// part that is no dot-atom becomes a quoted string (`a,b@x.y` is `"a,b"@x.y`), a domain beyond ASCII its
/// IDNA form. Nothing in the result can end the address, begin another one or begin a new line.
/// @return nothing for an address that cannot be written so: control characters, broken UTF-8, no '@', more
/// than
///         254 bytes, a domain that is no domain (`a@b.c>,<d`).
std::optional<WireAddress> to_wire(std::string_view address);

}  // namespace alma::mail
