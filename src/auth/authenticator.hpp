/// Who a request comes from.
#pragma once

#include "auth/token.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "http/message.hpp"
#include "http/principal.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace alma::auth {

/// May be used from every event loop at once.
///
/// A user's state binds at the next request: it is read anew for each, unless the database can tell that
/// nothing was committed since it was last read. What was proved is remembered for a second at most, so that
/// what another program writes into the database file soon counts, too.
class Authenticator {
public:
    Authenticator(db::Database& db, const TokenSigner& tokens, const Clock& clock)
        : db_(db), tokens_(tokens), clock_(clock) {}

    /// The active user whose token the request carries ("Authorization: Bearer ..."); nothing when there is
    /// none.
    awaitable<std::optional<http::Principal>> operator()(const http::Request& request);

    /// Tokens remembered at once; further ones are verified each time.
    static constexpr std::size_t max_remembered = 1024;

private:
    using Second = std::chrono::sys_seconds;
    struct Proof {
        http::Principal principal;
        Instant end;  ///< of the token
        std::uint64_t commits;
    };
    struct HashOfText {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };

    std::optional<http::Principal> remembered(std::string_view token, Instant now);
    void remember(std::string_view token, Instant now, Proof proof);
    awaitable<std::optional<http::Principal>> active_user(std::string_view email);

    db::Database& db_;
    const TokenSigner& tokens_;
    const Clock& clock_;

    std::mutex mutex_;
    Second second_;  ///< of the clock, in which proofs_ were made
    std::unordered_map<std::string, Proof, HashOfText, std::equal_to<>> proofs_;  ///< by token
};

}  // namespace alma::auth
