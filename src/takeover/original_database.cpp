#include "takeover/original_database.hpp"

#include "base/error.hpp"
#include "db/postgresql/postgresql_outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace alma::takeover {
namespace {

constexpr std::array<std::string_view, 3> revisions = {"783581f29abb", "0c2aa8f5dbc8",
                                                       OriginalDatabase::newest_revision};

/// Without these there is nothing to take. users.is_active may be missing, and so may failed_emails, as a
/// whole.
constexpr std::array needed_columns = {"users.id",        "users.email",      "users.hashed_password",
                                       "users.role",      "users.created_at", "users.updated_at",
                                       "leads.id",        "leads.uuid",       "leads.first_name",
                                       "leads.last_name", "leads.email",      "leads.resume_path",
                                       "leads.status",    "leads.created_at", "leads.updated_at"};
constexpr std::array columns_of_failed_emails = {"failed_emails.id",
                                                 "failed_emails.lead_id",
                                                 "failed_emails.lead_uuid",
                                                 "failed_emails.lead_name",
                                                 "failed_emails.lead_email",
                                                 "failed_emails.attorney_emails",
                                                 "failed_emails.error_message",
                                                 "failed_emails.status",
                                                 "failed_emails.created_at",
                                                 "failed_emails.updated_at"};

constexpr std::string_view columns_of_tables = R"(
    SELECT c.relname || '.' || a.attname
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attrelid IN (to_regclass('alembic_version'), to_regclass('schema_migrations'), to_regclass('users'),
                         to_regclass('leads'), to_regclass('failed_emails'))
      AND a.attnum > 0 AND NOT a.attisdropped)";

// Texts are cut by the server: a row of a gigabyte must not come over.
constexpr std::string_view select_users = R"(
    SELECT id::bigint, left(email::text, {0}), left(hashed_password::text, {0}), role::text, {1}, created_at::text,
           updated_at::text
    FROM users ORDER BY coalesce(lower({1}) = 'true', false) DESC, id)";
constexpr std::string_view select_leads = R"(
    SELECT id::bigint, uuid::text, left(first_name::text, {0}), left(last_name::text, {0}), left(email::text, {0}),
           left(resume_path::text, {1}), status::text, created_at::text, updated_at::text
    FROM leads ORDER BY id)";
constexpr std::string_view select_failed_emails = R"(
    SELECT f.id::bigint, coalesce(l.uuid::text, f.lead_uuid::text),
           left(coalesce(f.lead_name::text, concat_ws(' ', l.first_name, l.last_name)), {0}),
           left(coalesce(f.lead_email::text, l.email::text), {0}), left(f.attorney_emails::text, {1}),
           left(f.error_message::text, {2}), f.status::text, f.created_at::text, f.updated_at::text
    FROM failed_emails f LEFT JOIN leads l ON l.id = f.lead_id ORDER BY f.id)";

/// S3 has no longer key, and the host before it is short.
constexpr std::size_t longest_resume_path = 2000;

constexpr std::string_view set_up = R"(
    SET DateStyle = 'ISO, YMD';
    SET TimeZone = 'UTC';
    SET statement_timeout = '10min';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = 0;
    SET standard_conforming_strings = on;
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY)";

[[noreturn]] void fail(std::string_view words) {
    throw Error(ErrorKind::unavailable,
                fmt::format("The original's database cannot be read: {}", db::in_one_line(words)));
}

[[noreturn]] void refuse(std::string_view why) {
    throw Error(ErrorKind::conflict,
                fmt::format("This is no database of the original service that can be taken over: {}", why));
}

db::PostgresqlSession connect(const std::string& uri) {
    // What stands before the URI gives way to its parameters, what stands behind wins over them.
    constexpr std::array keywords = {"application_name",
                                     "connect_timeout",
                                     "keepalives_idle",
                                     "keepalives_interval",
                                     "keepalives_count",
                                     "tcp_user_timeout",
                                     "dbname",
                                     "client_encoding",
                                     static_cast<const char*>(nullptr)};
    const std::array values = {"alma-leads import",
                               "10",
                               "30",
                               "10",
                               "3",
                               "30000",
                               uri.c_str(),
                               "UTF8",
                               static_cast<const char*>(nullptr)};
    static_assert(keywords.size() == values.size());
    constexpr int expand_dbname = 1;
    db::PostgresqlSession session(PQconnectdbParams(keywords.data(), values.data(), expand_dbname));
    if (!session) throw std::bad_alloc();
    if (PQstatus(session.get()) != CONNECTION_OK) fail(PQerrorMessage(session.get()));
    PQsetNoticeReceiver(session.get(), [](void*, const PGresult*) {}, nullptr);
    return session;
}

bool has_table(const std::set<std::string>& columns, std::string_view table) {
    return std::ranges::any_of(columns, [&](const std::string& column) {
        return column.starts_with(table) && column.size() > table.size() && column[table.size()] == '.';
    });
}

template <class Names>
void require_all(const std::set<std::string>& columns, const Names& names, std::string_view revision) {
    for (const char* name : names) {
        if (columns.contains(name)) continue;
        refuse(fmt::format(
            "the column {} is missing (its schema is of revision {}). Bring it up to date with the "
            "original service (alembic upgrade head), then import again",
            name, revision));
    }
}

}  // namespace

OriginalDatabase::OriginalDatabase(const std::string& uri) : session_(connect(uri)) {
    run(std::string(set_up));
    look_at_schema();
}

void OriginalDatabase::look_at_schema() {
    std::set<std::string> columns;
    const db::Rows found = run(std::string(columns_of_tables));
    for (std::size_t i = 0; i < found.size(); ++i)
        columns.insert(found[i].get<std::string>(0));
    if (!columns.contains("alembic_version.version_num")) {
        if (has_table(columns, "schema_migrations"))
            refuse("it is one of alma-leads itself. DATABASE_URL names that; --from names the original's");
        refuse("it has no table alembic_version. Is it another database, or schema (search_path)?");
    }
    const db::Rows versions = run("SELECT left(version_num::text, 100) FROM alembic_version LIMIT 2");
    if (versions.size() != 1) refuse("alembic_version must hold one row");
    revision_ = versions.front().get<std::string>(0);
    if (std::ranges::find(revisions, revision_) == revisions.end())
        refuse(fmt::format(
            "its schema is of the revision \"{}\", which is none of the original's ({}). When the "
            "tables are those of {} all the same, say so (alembic stamp {}), and import again",
            revision_, fmt::join(revisions, ", "), newest_revision, newest_revision));
    require_all(columns, needed_columns, revision_);
    has_is_active_ = columns.contains("users.is_active");
    has_failed_emails_ = has_table(columns, "failed_emails");
    if (has_failed_emails_) require_all(columns, columns_of_failed_emails, revision_);
}

db::Rows OriginalDatabase::run(const std::string& statement) {
    const db::PostgresqlResult result(PQexec(session_.get(), statement.c_str()));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail(PQerrorMessage(session_.get()));
    return db::rows_of(result.get());
}

db::Rows OriginalDatabase::fetch(Cursor& cursor, std::string_view select) {
    if (!cursor.is_open) run(fmt::format("DECLARE {} NO SCROLL CURSOR FOR {}", cursor.name, select));
    cursor.is_open = true;
    return run(fmt::format("FETCH {} FROM {}", page_rows, cursor.name));
}

OriginalDatabase::Sizes OriginalDatabase::sizes() {
    const auto count = [this](std::string_view table) {
        return run(fmt::format("SELECT count(*) FROM {}", table)).front().get<std::uint64_t>(0);
    };
    return {.users = count("users"),
            .leads = count("leads"),
            .failed_emails = has_failed_emails_ ? count("failed_emails") : 0};
}

std::vector<OriginalUser> OriginalDatabase::next_users() {
    const std::string select =
        fmt::format(select_users, longest_text + 1, has_is_active_ ? "is_active::text" : "'true'::text");
    return fetch(users_, select).as<OriginalUser>();
}

std::vector<OriginalLead> OriginalDatabase::next_leads() {
    return fetch(leads_, fmt::format(select_leads, longest_text + 1, longest_resume_path + 1))
        .as<OriginalLead>();
}

std::vector<OriginalFailedEmail> OriginalDatabase::next_failed_emails() {
    if (!has_failed_emails_) return {};
    const std::string select = fmt::format(select_failed_emails, longest_text + 1,
                                           longest_attorney_emails + 1, longest_error_message + 1);
    return fetch(failed_emails_, select).as<OriginalFailedEmail>();
}

}  // namespace alma::takeover
