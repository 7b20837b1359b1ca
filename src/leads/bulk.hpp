/// The same change to many leads, in one transaction.
#pragma once

#include "audit/log.hpp"
#include "db/database.hpp"
#include "leads/lead.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <optional>
#include <string>
#include <vector>

namespace alma::leads {

constexpr std::size_t max_bulk_leads = 200;

enum class BulkResult { changed, unchanged, not_found };
BOOST_DESCRIBE_ENUM(BulkResult, changed, unchanged, not_found)

/// As the API shows it: the members are its JSON keys.
struct BulkOutcome {
    std::string uuid;  ///< as it was sent
    BulkResult result{};
};
BOOST_DESCRIBE_STRUCT(BulkOutcome, (), (uuid, result))

/// Each of these changes, and records, what is not so already, and leaves the rest alone. What is no UUID is
/// not found. @param uuids at most max_bulk_leads @return an outcome for each, in their order
awaitable<std::vector<BulkOutcome>> set_status_of(db::Database& db, std::vector<std::string> uuids,
                                                  LeadStatus status, audit::Actor actor, Instant at);
/// @param assignee users.id; nobody
awaitable<std::vector<BulkOutcome>> set_assignee_of(db::Database& db, std::vector<std::string> uuids,
                                                    std::optional<std::int64_t> assignee, audit::Actor actor,
                                                    Instant at);

}  // namespace alma::leads
