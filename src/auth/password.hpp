/// Passwords at rest.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace alma::auth {

/// Longer ones are refused unread: nobody types them, and hashing them costs more than a password should.
constexpr std::size_t max_password_bytes = 1024;

/// Hashes a password with Argon2id (RFC 9106; m=65536 KiB, t=3, p=1) through libsodium's crypto_pwhash_str.
/// Takes about 100 ms and 64 MiB: run it with `offload` on the password pool, never on the event loop.
/// @param password any bytes, NUL too. @throws Error{invalid} past max_password_bytes
std::string hash_password(std::string_view password);

enum class PasswordCheck { wrong, right, right_but_cheap };  ///< cheap: hash it anew with today's parameters

/// Verifies any PHC string of $argon2i$ or $argon2id$ (version 19) with its own parameters, m <= 256 MiB and
/// t <= 10; a string that is none, or asks for more, is `wrong`, as is a password past max_password_bytes.
/// Costs what its parameters say: run it with `offload`, too.
PasswordCheck verify_password(std::string_view password, const std::string& phc);

/// Computes as much as verifying `phc` falls short of verifying decoy_hash(), if it does: of a hash that is
/// cheaper, or of a text that is none and costs nothing. So a login that fails takes the same time whatever
/// is stored. A hash that costs more than ours still takes longer. Run it with `offload`, too.
void spend_what_is_saved(std::string_view password, const std::string& phc);

/// A valid hash of a password that nobody knows, of the cost of hash_password's: what a login with an unknown
/// e-mail verifies, so that it takes as long as one with a wrong password. Costs nothing itself.
const std::string& decoy_hash();

}  // namespace alma::auth
