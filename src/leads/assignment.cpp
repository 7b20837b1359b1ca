#include "leads/assignment.hpp"

#include "base/email_address.hpp"
#include "base/error.hpp"

namespace alma::leads {

std::vector<db::Statement> assign(Uuid lead, const Assignment& assignment, audit::Actor actor, Instant at) {
    // Locked: of two who claim at the same time, the second one looks when the first one is done.
    static constexpr std::string_view record = R"(
        INSERT INTO audit_pending (action, actor_kind, actor_id, lead_uuid, user_id, details, created_at)
        SELECT CASE WHEN CAST($2 AS bigint) IS NULL THEN 'LEAD_UNASSIGNED' ELSE 'LEAD_ASSIGNED' END, $6, $7, uuid,
               coalesce(CAST($2 AS bigint), assignee_id),
               '{"from":' || coalesce(CAST(assignee_id AS text), 'null') || ',"to":'
                          || coalesce(CAST(CAST($2 AS bigint) AS text), 'null') || '}', $3
        FROM leads
        WHERE uuid = $1 AND assignee_id IS DISTINCT FROM CAST($2 AS bigint)
          AND ($4 = 0 OR version = $4)
          AND (assignee_id IS NULL OR NOT $5)
          AND (CAST($2 AS bigint) IS NULL OR EXISTS (SELECT 1 FROM users WHERE id = CAST($2 AS bigint) AND is_active = $8))
        /*postgresql FOR UPDATE OF leads*/)";
    static constexpr std::string_view update = R"(
        UPDATE leads SET assignee_id = CAST($2 AS bigint), updated_at = $3, version = version + 1
        WHERE uuid = $1 AND assignee_id IS DISTINCT FROM CAST($2 AS bigint)
          AND ($4 = 0 OR version = $4)
          AND (assignee_id IS NULL OR NOT $5)
          AND (CAST($2 AS bigint) IS NULL OR EXISTS (SELECT 1 FROM users WHERE id = CAST($2 AS bigint) AND is_active = $6))
        RETURNING version)";
    const std::int64_t version = assignment.version.value_or(0);
    std::vector<db::Statement> statements;
    statements.push_back(db::sql(record, lead, assignment.to, at, version, assignment.only_if_free,
                                 actor.kind, actor.id, true));
    statements.push_back(db::sql(update, lead, assignment.to, at, version, assignment.only_if_free, true));
    return statements;
}

awaitable<std::int64_t> find_assignee(db::Database& db, std::string email) {
    static constexpr std::string_view select =
        "SELECT id FROM users WHERE email_folded = $1 AND is_active = $2";
    const db::Rows rows = co_await db.read(db::sql(select, fold_email(email), true));
    if (rows.empty()) throw Error(ErrorKind::invalid, std::string(no_such_assignee));
    co_return rows.front().get<std::int64_t>(0);
}

awaitable<std::string> email_of(db::Database& db, std::int64_t user) {
    const db::Rows rows = co_await db.read(db::sql("SELECT email FROM users WHERE id = $1", user));
    co_return rows.empty() ? std::string() : rows.front().get<std::string>(0);
}

}  // namespace alma::leads
