#include "limits/keyed_hash.hpp"

#include "base/encoding.hpp"

#include <sodium.h>

#include <array>
#include <cstdint>

namespace alma::limits {
namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string keyed_hash(std::string_view domain, std::string_view text, std::string_view secret) {
    std::array<std::uint8_t, 32> key;  // BLAKE2b takes at most 64 bytes, a secret may be longer
    crypto_generichash(key.data(), key.size(), bytes_of(secret), secret.size(), nullptr, 0);

    std::array<std::uint8_t, 16> hash;
    crypto_generichash_state state;
    crypto_generichash_init(&state, key.data(), key.size(), hash.size());
    // The NUL ends the domain: "ab" + "c" is not "a" + "bc".
    const std::string prefix = std::string(domain) + '\0';
    crypto_generichash_update(&state, bytes_of(prefix), prefix.size());
    crypto_generichash_update(&state, bytes_of(text), text.size());
    crypto_generichash_final(&state, hash.data(), hash.size());
    return to_hex(hash);
}

}  // namespace alma::limits
