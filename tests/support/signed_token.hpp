/// Tokens of any content with a right signature, which the product itself would never make.
#pragma once

#include "base/encoding.hpp"

#include <sodium.h>

#include <array>
#include <string>
#include <string_view>

namespace alma {

/// header.payload.signature, of two texts that need not be JSON.
inline std::string signed_token(std::string_view header, std::string_view payload, std::string_view key) {
    std::string token = to_base64url(header) + '.' + to_base64url(payload);
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(token.data()), token.size());
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac;
    crypto_auth_hmacsha256_final(&state, mac.data());
    token += '.';
    token += to_base64url({reinterpret_cast<const char*>(mac.data()), mac.size()});
    return token;
}

}  // namespace alma
