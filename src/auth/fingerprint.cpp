#include "auth/fingerprint.hpp"

#include "base/encoding.hpp"

#include <sodium.h>

#include <array>
#include <cstdint>

namespace alma::auth {

std::string fingerprint(std::string_view secret) {
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> hash;
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size());
    return to_hex(hash);
}

}  // namespace alma::auth
