/// Which leads have changed, as the audit log tells it: every change is an entry there, of the same
/// transaction.
#pragma once

#include "base/uuid.hpp"
#include "db/database.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

namespace alma::live {

enum class Change {
    created,
    changed,  ///< status, assignee or notes
    erased
};
BOOST_DESCRIBE_ENUM(Change, created, changed, erased)

/// The members are the keys of an event's data.
struct LeadChange {
    Uuid uuid{};
    Change change{};
    bool operator==(const LeadChange&) const = default;
};
BOOST_DESCRIBE_STRUCT(LeadChange, (), (uuid, change))

/// Follows the log, of all processes, from some point on. One caller at a time.
///
/// An entry waits in audit_pending until a sealer moves it into audit_log, in one transaction. Neither table
/// alone tells each change at once and once: entries leave the first one when it suits the sealer, and reach
/// the second a second late. So both are read in one snapshot, where each entry stands in exactly one of
/// them; and the ids of those that were told while they waited are remembered until they come by in the
/// chain. Positions of the chain commit in their order, ids do not.
class LeadChanges {
public:
    explicit LeadChanges(db::Database& db) : db_(db) {}

    /// What was committed before counts as told.
    awaitable<void> begin();

    /// What was committed since the last call, each change once; empty when there is nothing more now. To be
    /// called again until then: a long absence is told in parts, of at most twice `page`. When it throws,
    /// nothing is lost.
    awaitable<std::vector<LeadChange>> next();

    static constexpr std::size_t page = 100;

private:
    struct Look;
    awaitable<Look> look();

    db::Database& db_;
    std::int64_t position_ = 0;              ///< of the chain, up to which all is told
    std::unordered_set<std::int64_t> told_;  ///< ids of entries behind position_, or not in the chain yet
};

}  // namespace alma::live
