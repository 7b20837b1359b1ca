#include "form/form_token.hpp"

#include "base/encoding.hpp"

#include <sodium.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace alma::form {
namespace {

constexpr std::size_t nonce_bytes = 16;
constexpr std::size_t max_token = 200;

}  // namespace

std::string FormTokens::issue(Instant now) const {
    std::array<std::uint8_t, nonce_bytes> nonce;
    randombytes_buf(nonce.data(), nonce.size());
    const std::string content = std::to_string(now.time_since_epoch().count()) + '.' + to_hex(nonce);
    return content + '.' + signature_of(content);
}

std::optional<FormToken> FormTokens::read(std::string_view token) const {
    const std::size_t first = token.find('.');
    const std::size_t last = token.rfind('.');
    if (token.size() > max_token || first == last) return std::nullopt;
    const std::string expected = signature_of(token.substr(0, last));
    const std::string_view signature = token.substr(last + 1);
    if (signature.size() != expected.size() ||
        sodium_memcmp(signature.data(), expected.data(), expected.size()) != 0)
        return std::nullopt;
    // Ours, so it has the form that issue() gave it.
    std::int64_t microseconds = 0;
    std::from_chars(token.data(), token.data() + first, microseconds);
    return FormToken{.issued_at = Instant(std::chrono::microseconds(microseconds)),
                     .nonce = std::string(token.substr(first + 1, last - first - 1))};
}

std::string FormTokens::signature_of(std::string_view content) const {
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac;
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(secret_.data()),
                                secret_.size());
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(content.data()),
                                  content.size());
    crypto_auth_hmacsha256_final(&state, mac.data());
    return to_base64url({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

}  // namespace alma::form
