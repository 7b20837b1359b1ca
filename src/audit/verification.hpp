/// `alma-leads audit verify`: is the audit log what was written?
#pragma once

#include "audit/chain.hpp"
#include "base/time.hpp"
#include "db/database.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace alma::audit {

enum class FindingKind {
    changed,   ///< the row at `position` does not have its hash: it was edited, or stood elsewhere
    missing,   ///< the rows from `position` to `last` were deleted
    unsealed,  ///< `count` entries wait for longer than a minute, since `detail`: no service runs, or it
               ///< fails
    not_met    ///< the chain does not have the expected hash at `position`: it was cut, or made anew
};
BOOST_DESCRIBE_ENUM(FindingKind, changed, missing, unsealed, not_met)

struct Finding {
    FindingKind kind{};
    std::int64_t position = 0;
    std::int64_t last = 0;
    std::int64_t count = 0;
    std::string detail{};
};
BOOST_DESCRIBE_STRUCT(Finding, (), (kind, position, last, count, detail))

struct Verification {
    std::int64_t entries = 0;
    std::int64_t findings = 0;
    Head head;
};

/// Walks the whole chain, a thousand rows in memory at a time. May run while services run.
/// @param expected heads that were noted before: the chain must still have these hashes there
/// @param report called for each finding, in the order of the chain
/// @param progress called with the position after each page
awaitable<Verification> verify(db::Database& db, const Clock& clock, std::vector<Head> expected,
                               std::function<void(const Finding&)> report,
                               std::function<void(std::int64_t)> progress);

}  // namespace alma::audit
