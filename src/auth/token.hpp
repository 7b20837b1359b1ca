/// Access tokens: JWT (RFC 7519) signed with HS256 (RFC 7518 section 3.2), and nothing else.
#pragma once

#include "base/time.hpp"

#include <sodium.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace alma::auth {

/// What a token says that we signed.
struct VerifiedToken {
    std::string subject;                 ///< whose it is: an e-mail address
    Instant end;                         ///< from here on it counts no more
    std::optional<Instant> issued_at{};  ///< when it says so: those of the original service do not
};

/// From when on tokens have to be issued to outlive a change of the password at `change`: the next whole
/// second, since tokens name seconds.
Instant tokens_valid_after(Instant change);

/// Signs and verifies; immutable, used by every event loop at once.
class TokenSigner {
public:
    /// @param key at least 32 bytes, as RFC 7518 demands, else Error{invalid}
    TokenSigner(std::string_view key, std::chrono::minutes lifetime);

    /// {"sub": email, "exp": issued_at + lifetime, "iat": issued_at}, in whole seconds. The last tells tokens
    /// from before a change of the password.
    [[nodiscard]] std::string sign(std::string_view email, Instant issued_at) const;

    /// @return what a token says that is whole, signed with our key by HS256, and not expired at `now`; else
    /// nothing. There is no leeway: a token ends in the instant it names. Takes about 2 microseconds. Tokens
    /// over 4 KiB are refused unread.
    [[nodiscard]] std::optional<VerifiedToken> verify(std::string_view token, Instant now) const;

private:
    /// In base64url.
    [[nodiscard]] std::string signature_of(std::string_view signing_input) const;

    crypto_auth_hmacsha256_state keyed_;  ///< with the key hashed in: copied for each token
    std::chrono::minutes lifetime_;
};

}  // namespace alma::auth
