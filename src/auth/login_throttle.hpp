/// Slows the guessing of passwords, without a way for strangers to lock an owner out.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "limits/rate_limiter.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace alma::auth {

/// Failures are counted three ways: by source over all accounts; by account for sources that never logged in
/// to it; and by account and source for those that did. So strangers exhaust only the strangers' allowance of
/// an account, and an owner at a known address keeps an own one. Unknown accounts are counted like known
/// ones.
class LoginThrottle {
public:
    struct Config {
        std::optional<limits::Rate>
            per_account;     ///< LOGIN_RATE_LIMIT, failures; default 20/hour; nothing: off
        std::string secret;  ///< keys the hashes of addresses and accounts
    };
    LoginThrottle(Config config, const Clock& clock, db::Database& db);

    /// Before the password is looked at. @throws Error{rate_limited} with Retry-After
    awaitable<void> admit(const boost::asio::ip::address& client, std::string_view email_folded);
    void failed(const boost::asio::ip::address& client, std::string_view email_folded);
    /// Remembers the source as known to this user.
    awaitable<void> succeeded(const boost::asio::ip::address& client, std::string_view email_folded,
                              std::int64_t user_id);

private:
    Config config_;
    const Clock& clock_;
    db::Database& db_;
    std::optional<limits::RateLimiter> by_source_;
    std::optional<limits::RateLimiter> by_account_;
    std::optional<limits::RateLimiter> by_account_and_source_;
};

}  // namespace alma::auth
