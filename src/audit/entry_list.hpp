/// Entries of the audit log, as the API shows them.
#pragma once

#include "base/time.hpp"
#include "base/uuid.hpp"
#include "db/database.hpp"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace alma::audit {

/// A JSON object, as it is stored.
struct Details {
    std::string json = "{}";
};
void write_json(std::string& out, const Details& details);
void read_cell(const db::Cell& cell, Details& out);

/// What happened to a lead. The members are the API's keys.
struct TimelineEntry {
    std::int64_t id = 0;
    std::string action;
    std::string actor_kind;
    std::optional<std::string> actor;  ///< e-mail of the account that did it
    std::optional<std::string> user;   ///< e-mail of the account that it is about: the new assignee, say
    Details details;
    Instant created_at;
};
BOOST_DESCRIBE_STRUCT(TimelineEntry, (), (id, action, actor_kind, actor, user, details, created_at))

/// What happened to anything.
struct LoggedEntry {
    std::int64_t position = 0;
    std::string hash;
    std::int64_t id = 0;
    std::string action;
    std::string actor_kind;
    std::optional<std::string> actor;
    std::optional<Uuid> lead_uuid;
    std::optional<std::string> user;
    Details details;
    Instant created_at;
};
BOOST_DESCRIBE_STRUCT(LoggedEntry, (),
                      (position, hash, id, action, actor_kind, actor, lead_uuid, user, details, created_at))

/// The newest entries about a lead, those that wait to be sealed included, by descending id.
/// @param before only those with a lower id
awaitable<std::vector<TimelineEntry>> timeline_of(db::Database& db, Uuid lead,
                                                  std::optional<std::int64_t> before, std::size_t limit);

/// The newest sealed entries, by descending position. @param before only those with a lower position
awaitable<std::vector<LoggedEntry>> sealed_entries(db::Database& db, std::optional<std::int64_t> before,
                                                   std::size_t limit);

}  // namespace alma::audit
