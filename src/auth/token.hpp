/// Access tokens: JWT (RFC 7519) signed with HS256 (RFC 7518 section 3.2), and nothing else.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace alma::auth {

/// Signs and verifies; immutable, used by every event loop at once.
class TokenSigner {
public:
    /// @param key at least 32 bytes
    TokenSigner(std::string key, std::chrono::minutes lifetime);

    /// {"sub": email, "exp": now + lifetime}
    [[nodiscard]] std::string sign(std::string_view email, Instant now) const;

    /// @return `sub` of a token that is whole, signed with our key by HS256, and not expired at `now`; else
    /// nothing. Takes about 2 microseconds. Tokens over 4 KiB are refused unread.
    [[nodiscard]] std::optional<std::string> verify(std::string_view token, Instant now) const;

private:
    std::string key_;
    std::chrono::minutes lifetime_;
};

}  // namespace alma::auth
