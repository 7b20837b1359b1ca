/// How often a source may do something: an exact sliding window, in bounded memory.
#pragma once

#include "base/time.hpp"

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace alma::limits {

struct Rate {
    std::size_t count = 5;  ///< 1 to 10,000
    std::chrono::seconds window{60};
};

/// "5/minute", "100/hour", "off" -> nothing. @throws Error{invalid} saying what would be valid
std::optional<Rate> parse_rate(std::string_view text);

/// What one client is: its IPv4 address, or the /64 of its IPv6 address (one subscriber has a whole /64 to
/// choose from), as a keyed hash, so that neither memory nor database hold addresses. 32 hexadecimal
/// characters.
std::string source_of(const boost::asio::ip::address& client, std::string_view secret);

/// The state of a source after a look or a hit.
struct Allowance {
    bool is_allowed = true;
    std::size_t remaining = 0;
    std::chrono::seconds retry_after{0};  ///< until the next hit would be allowed, rounded up
};

/// How much a RateLimiter remembers: with five hits a minute, at most 16 MiB.
struct RateLimiterBounds {
    std::size_t sources = 65'536;
    std::size_t hits = 2'097'152;
};

/// Counts in memory alone; limits/limit.hpp is what outlives a restart. May be used from every event loop at
/// once. Past its bounds, the source whose last hit is longest ago is forgotten.
class RateLimiter {
public:
    RateLimiter(Rate rate, const Clock& clock, RateLimiterBounds bounds = {});
    ~RateLimiter();

    /// What a hit would meet now; counts nothing.
    [[nodiscard]] Allowance look(const std::string& source) const;
    /// Counts a hit when it is allowed, and nothing when it is not.
    Allowance hit(const std::string& source);
    /// Uncounts the newest hit of a source; nothing when it has none.
    void take_back(const std::string& source);
    [[nodiscard]] Rate rate() const;

    /// Counts what was written down before a restart. Call in the order of time; of more hits than the rate
    /// allows, the newest count.
    void restore_hit(const std::string& source, Instant at);

private:
    struct Table;
    std::unique_ptr<Table> table_;
};

}  // namespace alma::limits
