/// Slows the guessing of passwords, without a way for strangers to lock an owner out.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "limits/limit.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace alma::auth {

/// Every source has an allowance of its own at each account. A source that never logged in to the account is
/// a stranger to it: strangers together have one more allowance there, and each has one over all accounts. So
/// strangers exhaust only what is theirs: an owner at a known address always gets in, and one at a new
/// address does unless several addresses attack at the same time. Unknown accounts are counted like known
/// ones. May be used from every event loop at once.
class LoginThrottle {
public:
    struct Config {
        /// LOGIN_RATE_LIMIT: failures of one source at one account; default 20/hour; nothing: off
        std::optional<limits::Rate> per_account;
        std::string secret;                            ///< keys the hashes of addresses and accounts
        limits::Scope scope = limits::Scope::process;  ///< whose failures count together
    };
    LoginThrottle(Config config, const Clock& clock, db::Database& db);

    /// Counts what is kept in the database from before. Once, before the first admit().
    awaitable<void> restore();

    /// One try that was admitted. It counts as a failure from then on, or else any number of tries at the
    /// same time would be admitted. Ends with failed(), succeeded() or withdraw().
    class Attempt {
        friend LoginThrottle;
        std::vector<std::pair<limits::Limit*, limits::Hit>> counted_;
        std::string source_;
        std::optional<Instant> last_seen_at_;  ///< this source, by this account's owner
    };

    /// Before the password is looked at.
    /// @throws Error{rate_limited} with Retry-After
    /// @throws Error{unavailable} when the database does not answer
    awaitable<Attempt> admit(boost::asio::ip::address client, std::string email_folded);
    /// It counts, after a restart, too.
    awaitable<void> failed(Attempt attempt);
    /// Remembers the source as known to this user.
    awaitable<void> succeeded(Attempt attempt, std::int64_t user_id);
    /// It came to no verdict (the service is busy), and does not count.
    awaitable<void> withdraw(Attempt attempt);

private:
    using Counters = std::vector<std::pair<limits::Limit*, std::string>>;  ///< and whose hits they count

    /// Counts the attempt with all of them, or with none.
    awaitable<Attempt> count(Attempt attempt, Counters counters);
    awaitable<std::optional<Instant>> last_seen_at(std::string email_folded, std::string source);
    awaitable<void> write_known_login(std::int64_t user_id, std::string source);

    Config config_;
    const Clock& clock_;
    db::Database& db_;
    // Null when the throttle is off.
    std::unique_ptr<limits::Limit> by_source_;
    std::unique_ptr<limits::Limit> by_account_;
    std::unique_ptr<limits::Limit> by_account_and_source_;
};

}  // namespace alma::auth
