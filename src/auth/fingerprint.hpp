/// What the database knows of a secret that only its bearer has.
#pragma once

#include <string>
#include <string_view>

namespace alma::auth {

/// SHA-256 (FIPS 180-4) in 64 hexadecimal digits. Only for secrets of at least 128 random bits, or signed by
/// us: a password would be guessed from it.
std::string fingerprint(std::string_view secret);

}  // namespace alma::auth
