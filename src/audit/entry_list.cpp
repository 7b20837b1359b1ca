#include "audit/entry_list.hpp"

#include <limits>

namespace alma::audit {
namespace {

constexpr std::int64_t end = std::numeric_limits<std::int64_t>::max();

}  // namespace

void write_json(std::string& out, const Details& details) {
    out += details.json;
}

void read_cell(const db::Cell& cell, Details& out) {
    out.json = cell.text();
}

awaitable<std::vector<TimelineEntry>> timeline_of(db::Database& db, Uuid lead,
                                                  std::optional<std::int64_t> before, std::size_t limit) {
    // Both halves are limited by themselves, so that a long timeline is not sorted for its first page.
    static constexpr std::string_view select = R"(
        SELECT entry.id, entry.action, entry.actor_kind, actor.email, subject.email, entry.details,
               entry.created_at
        FROM (
            SELECT * FROM (
                SELECT id, action, actor_kind, actor_id, user_id, details, created_at FROM audit_log
                WHERE lead_uuid = $1 AND id < $2 ORDER BY id DESC LIMIT $3) AS sealed
            UNION ALL
            SELECT * FROM (
                SELECT id, action, actor_kind, actor_id, user_id, details, created_at FROM audit_pending
                WHERE lead_uuid = $1 AND id < $2 ORDER BY id DESC LIMIT $3) AS pending) AS entry
        LEFT JOIN users AS actor ON actor.id = entry.actor_id
        LEFT JOIN users AS subject ON subject.id = entry.user_id
        ORDER BY entry.id DESC LIMIT $3)";
    const db::Rows rows = co_await db.search(db::sql(select, lead, before.value_or(end), limit));
    co_return rows.as<TimelineEntry>();
}

awaitable<std::vector<LoggedEntry>> sealed_entries(db::Database& db, std::optional<std::int64_t> before,
                                                   std::size_t limit) {
    static constexpr std::string_view select = R"(
        SELECT entry.position, entry.hash, entry.id, entry.action, entry.actor_kind, actor.email,
               entry.lead_uuid, subject.email, entry.details, entry.created_at
        FROM (SELECT * FROM audit_log WHERE position < $1 ORDER BY position DESC LIMIT $2) AS entry
        LEFT JOIN users AS actor ON actor.id = entry.actor_id
        LEFT JOIN users AS subject ON subject.id = entry.user_id
        ORDER BY entry.position DESC)";
    const db::Rows rows = co_await db.search(db::sql(select, before.value_or(end), limit));
    co_return rows.as<LoggedEntry>();
}

}  // namespace alma::audit
