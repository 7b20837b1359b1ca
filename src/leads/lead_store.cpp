#include "leads/lead_store.hpp"

namespace alma::leads {
db::Statement insert_lead(const Lead& lead, const Resume& resume) {
    static constexpr std::string_view insert = R"(
        INSERT INTO leads (uuid, first_name, last_name, email, resume_path, resume_name, resume_type, resume_size,
                           status, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11))";
    return db::sql(insert, lead.uuid, lead.first_name, lead.last_name, lead.email, resume.path, resume.name,
                   resume.type, resume.size, lead.status, lead.created_at, lead.updated_at);
}

awaitable<std::optional<Lead>> find_lead(db::Database& db, Uuid uuid) {
    static constexpr std::string_view select = R"(
        SELECT uuid, first_name, last_name, email, status, created_at, updated_at FROM leads WHERE uuid = $1)";
    const db::Rows rows = co_await db.read(db::sql(select, uuid));
    co_return rows.first_as<Lead>();
}

awaitable<std::optional<Resume>> find_resume(db::Database& db, Uuid uuid) {
    static constexpr std::string_view select = R"(
        SELECT resume_path, resume_name, resume_type, resume_size FROM leads WHERE uuid = $1)";
    const db::Rows rows = co_await db.read(db::sql(select, uuid));
    co_return rows.first_as<Resume>();
}

awaitable<std::vector<ResumeReference>> list_resume_references(db::Database& db, std::int64_t after,
                                                               std::size_t limit) {
    static constexpr std::string_view select = R"(
        SELECT id, uuid, resume_path, resume_size FROM leads WHERE id > $1 ORDER BY id LIMIT $2)";
    const db::Rows rows = co_await db.search(db::sql(select, after, limit));
    co_return rows.as<ResumeReference>();
}

namespace {

/// Locks the lead, so that of two changes at the same time the second one starts from what the first one
/// made.
db::Statement record_status(Uuid uuid, LeadStatus status, audit::Actor actor, Instant at,
                            std::int64_t version) {
    static constexpr std::string_view record = R"(
        INSERT INTO audit_pending (action, actor_kind, actor_id, lead_uuid, details, created_at)
        SELECT 'LEAD_STATUS_CHANGED', $4, $5, uuid, '{"from":"' || status || '","to":"' || $2 || '"}', $3
        FROM leads WHERE uuid = $1 AND status <> $2 AND ($6 = 0 OR version = $6) /*postgresql FOR UPDATE*/)";
    return db::sql(record, uuid, status, at, actor.kind, actor.id, version);
}

}  // namespace

awaitable<std::optional<VersionedLead>> set_lead_status(db::Database& db, Uuid uuid, LeadStatus status,
                                                        audit::Actor actor, Instant at,
                                                        std::optional<std::int64_t> version) {
    static constexpr std::string_view update = R"(
        UPDATE leads SET status = $2, updated_at = $3, version = version + 1
        WHERE uuid = $1 AND ($4 = 0 OR version = $4)
        RETURNING uuid, first_name, last_name, email, status, created_at, updated_at, version)";
    constexpr std::size_t version_column = 7;
    std::vector<db::Statement> transaction;
    transaction.push_back(record_status(uuid, status, actor, at, version.value_or(0)));
    transaction.push_back(db::sql(update, uuid, status, at, version.value_or(0)));
    const std::optional<std::vector<db::Rows>> results = co_await db.write(std::move(transaction));
    if (results->back().empty()) co_return std::nullopt;
    const db::Row row = results->back().front();
    VersionedLead changed{.lead = db::Row(&row[0], version_column).as<Lead>(),
                          .version = row.get<std::int64_t>(version_column)};
    co_return changed;
}

std::vector<db::Statement> change_status(Uuid uuid, LeadStatus status, audit::Actor actor, Instant at) {
    static constexpr std::string_view update = R"(
        UPDATE leads SET status = $2, updated_at = $3, version = version + 1
        WHERE uuid = $1 AND status <> $2
        RETURNING version)";
    std::vector<db::Statement> statements;
    statements.push_back(record_status(uuid, status, actor, at, 0));
    statements.push_back(db::sql(update, uuid, status, at));
    return statements;
}

}  // namespace alma::leads
