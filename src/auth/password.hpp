/// Passwords at rest.
#pragma once

#include <string>
#include <string_view>

namespace alma::auth {

/// Hashes a password with Argon2id (RFC 9106; m=65536 KiB, t=3, p=1) through libsodium's crypto_pwhash_str.
/// Takes about 100 ms and 64 MiB: run it with `offload` on the password pool, never on the event loop.
std::string hash_password(std::string_view password);

enum class PasswordCheck { wrong, right, right_but_cheap };  ///< cheap: hash it anew with today's parameters

/// Verifies any PHC string of $argon2i$ or $argon2id$ with its own parameters, m <= 256 MiB and t <= 10; a
/// string that is none, or asks for more, is `wrong`. Costs what its parameters say.
PasswordCheck verify_password(std::string_view password, const std::string& phc);

/// A valid hash of a password that nobody knows, of the cost of hash_password's: what a login with an unknown
/// e-mail verifies, so that it takes as long as one with a wrong password.
const std::string& decoy_hash();

}  // namespace alma::auth
