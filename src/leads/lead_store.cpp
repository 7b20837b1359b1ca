#include "leads/lead_store.hpp"

#include "base/encoding.hpp"

#include <limits>

namespace alma::leads {
namespace {

/// The pattern of LIKE that finds `text` anywhere; empty when every lead is meant.
std::string pattern_of(std::string_view text) {
    if (text.empty()) return {};
    std::string pattern = "%";
    for (const char c : ascii_lower(text)) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    pattern += '%';
    return pattern;
}

}  // namespace

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

awaitable<std::vector<ListedLead>> list_leads(db::Database& db, LeadFilter filter,
                                              std::optional<std::int64_t> after, std::size_t limit) {
    static constexpr std::string_view oldest_first = R"(
        SELECT uuid, first_name, last_name, email, status, created_at, updated_at, id FROM leads
        WHERE id > $1 AND ($2 = '' OR status = $2)
          AND ($3 = '' OR lower(first_name || ' ' || last_name) LIKE $3 ESCAPE '\' OR lower(email) LIKE $3 ESCAPE '\')
        ORDER BY id LIMIT $4)";
    static constexpr std::string_view newest_first = R"(
        SELECT uuid, first_name, last_name, email, status, created_at, updated_at, id FROM leads
        WHERE id < $1 AND ($2 = '' OR status = $2)
          AND ($3 = '' OR lower(first_name || ' ' || last_name) LIKE $3 ESCAPE '\' OR lower(email) LIKE $3 ESCAPE '\')
        ORDER BY id DESC LIMIT $4)";
    constexpr std::size_t id_column = 7;
    const std::int64_t start = filter.is_newest_first ? std::numeric_limits<std::int64_t>::max() : 0;
    const std::string_view status = filter.status ? to_text(*filter.status) : std::string_view();
    const db::Rows rows =
        co_await db.search(db::sql(filter.is_newest_first ? newest_first : oldest_first,
                                   after.value_or(start), status, pattern_of(filter.text), limit));
    std::vector<ListedLead> page;
    page.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const db::Row lead_columns(&rows[i][0], id_column);
        page.push_back({.id = rows[i].get<std::int64_t>(id_column), .lead = lead_columns.as<Lead>()});
    }
    co_return page;
}

}  // namespace alma::leads
