/// Keeps strangers from flooding mailboxes, and from guessing at links.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "limits/limit.hpp"

#include <boost/asio/ip/address.hpp>

#include <memory>
#include <optional>
#include <string>

namespace alma::users {

/// Mails with links, to one account: enough for somebody who looks for the first one, too few to be a
/// nuisance. All of them work, so that an owner whose allowance a stranger used up has links in the mailbox.
constexpr limits::Rate mails_per_account{.count = 3, .window = std::chrono::hours(1)};

/// Unknown accounts are counted like known ones. May be used from every event loop at once.
class LinkThrottle {
public:
    struct Config {
        std::optional<limits::Rate> per_source;        ///< requests of one client address; nothing: off
        std::string secret;                            ///< keys the hashes of addresses and accounts
        limits::Scope scope = limits::Scope::process;  ///< whose requests count together
    };
    LinkThrottle(Config config, const Clock& clock, db::Database& db);

    /// Counts what is kept in the database from before. Once, before the first admit_...().
    awaitable<void> restore();

    /// A request from a stranger. Ends with keep(): it counts, or take_back(): it does not.
    /// @throws Error{rate_limited} with Retry-After, Error{unavailable} when the database does not answer
    awaitable<std::optional<limits::Hit>> admit(boost::asio::ip::address client);
    awaitable<void> keep(std::optional<limits::Hit> hit);
    awaitable<void> take_back(std::optional<limits::Hit> hit);

    /// One more mail to the account of that address.
    awaitable<limits::Allowance> admit_mail(const std::string& email_folded);

private:
    Config config_;
    std::unique_ptr<limits::Limit> by_source_;  ///< null when that is off
    std::unique_ptr<limits::Limit> by_account_;
};

/// @throws Error{rate_limited} with Retry-After, when it is not allowed
void require(const limits::Allowance& allowance);

}  // namespace alma::users
