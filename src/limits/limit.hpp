/// A limit as it is applied: over restarts, and over all processes whose hits count together.
#pragma once

#include "db/database.hpp"
#include "limits/rate_limiter.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace alma::limits {

/// Whose hits count together.
enum class Scope {
    process,   ///< this process's: no other one uses its database
    database,  ///< those of all processes on a PostgreSQL database
};

/// A try, counted when it is allowed.
struct Hit {
    Allowance allowance;
    std::string source{};
    std::optional<std::int64_t> row{};  ///< of limit_hits, where hits are counted
};

/// Exact: of all hits of a source, whoever counts them and however many come at the same moment, as many are
/// allowed in any window as the rate says. May be used from every event loop at once; outlives what runs on
/// them.
class Limit {
public:
    virtual ~Limit() = default;
    [[nodiscard]] virtual Rate rate() const = 0;

    /// Takes up what was counted before. Once, before the first hit. @throws what Database::write throws
    virtual awaitable<void> restore() = 0;

    /// What this process knows by itself; counts nothing and asks nobody. A refusal is one; that nothing is
    /// known does not mean that a hit would be allowed.
    [[nodiscard]] virtual Allowance look(const std::string& source) = 0;

    /// Counts a hit when it is allowed, and nothing when it is not. One that is allowed ends with keep() or
    /// take_back(); one that ends with neither, because its process was killed, may count until its window is
    /// over.
    /// @throws Error{unavailable} when others count, and what they counted cannot be seen now
    virtual awaitable<Hit> hit(std::string source) = 0;

    /// The hit counts, after a restart, too. Throws nothing.
    virtual awaitable<void> keep(Hit hit) = 0;

    /// The hit does not count. On return that holds in every process. Throws nothing: what cannot be
    /// uncounted within two seconds counts until its window is over.
    virtual awaitable<void> take_back(Hit hit) = 0;
};

/// @param name of the limit in the table limit_hits: "leads"
std::unique_ptr<Limit> make_limit(std::string name, Rate rate, Scope scope, const Clock& clock,
                                  db::Database& db);

}  // namespace alma::limits
