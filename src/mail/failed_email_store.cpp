#include "mail/failed_email_store.hpp"

#include "base/error.hpp"
#include "base/json.hpp"

namespace alma::mail {
namespace {

Error no_such_row() {
    return {ErrorKind::not_found, "Failed email record not found"};
}

/// Why a statement that names the id found no row: there is none, or it is not in a state for it.
awaitable<void> require_row(db::Database& db, std::int64_t id) {
    static constexpr std::string_view select = "SELECT id FROM failed_emails WHERE id = $1";
    db::Statement lookup = db::sql(select, id);
    const db::Rows found = co_await db.read(std::move(lookup));
    if (found.empty()) throw no_such_row();
}

}  // namespace

void write_json(std::string& out, const JsonText& json) {
    out += json.text;
}

void read_cell(const db::Cell& cell, JsonText& out) {
    out.text = cell.text();
}

awaitable<std::vector<FailedEmail>> failed_emails_after(db::Database& db, std::int64_t after, Instant now,
                                                        std::size_t limit) {
    // A resend that never ended, since its process did, has failed.
    static constexpr std::string_view select = R"(
        SELECT id, lead_id, lead_uuid, lead_name, lead_email, attorney_emails, error_message,
               CASE WHEN status = 'PENDING' AND (lease_until IS NULL OR lease_until <= $2)
                    THEN 'FAILED' ELSE status END,
               created_at
        FROM failed_emails WHERE id > $1 ORDER BY id LIMIT $3)";
    db::Statement statement = db::sql(select, after, now, limit);
    const db::Rows rows = co_await db.search(std::move(statement));
    co_return rows.as<FailedEmail>();
}

awaitable<Resend> claim_resend(db::Database& db, std::int64_t id, Instant now, Instant until) {
    static constexpr std::string_view update = R"(
        UPDATE failed_emails SET status = 'PENDING', lease_until = $3, updated_at = $2
        WHERE id = $1
          AND (status = 'FAILED' OR (status = 'PENDING' AND (lease_until IS NULL OR lease_until <= $2)))
        RETURNING message_id, lead_id, attorney_emails, is_partial)";
    db::Statement claim = db::sql(update, id, now, until);
    const db::Rows claimed = co_await db.write(std::move(claim));
    if (!claimed.empty()) co_return claimed.front().as<Resend>();

    co_await require_row(db, id);
    throw Error(ErrorKind::invalid, "Email is not in failed status");
}

awaitable<void> finish_resend(db::Database& db, std::int64_t id, Instant until) {
    static constexpr std::string_view remove =
        "DELETE FROM failed_emails WHERE id = $1 AND status = 'PENDING' AND lease_until = $2";
    db::Statement statement = db::sql(remove, id, until);
    co_await db.write(std::move(statement));
}

awaitable<void> give_back_resend(db::Database& db, std::int64_t id, Instant until) {
    static constexpr std::string_view update = R"(
        UPDATE failed_emails SET status = 'FAILED', lease_until = NULL
        WHERE id = $1 AND status = 'PENDING' AND lease_until = $2)";
    db::Statement statement = db::sql(update, id, until);
    co_await db.write(std::move(statement));
}

awaitable<void> fail_resend(db::Database& db, std::int64_t id, Instant until, std::string error,
                            const Resend& resend, Instant now) {
    static constexpr std::string_view update = R"(
        UPDATE failed_emails
        SET status = 'FAILED', lease_until = NULL, error_message = $3, attorney_emails = $4, is_partial = $5,
            updated_at = $6
        WHERE id = $1 AND status = 'PENDING' AND lease_until = $2)";
    db::Statement statement = db::sql(update, id, until, std::move(error),
                                      to_json(resend.attorney_emails.items), resend.is_partial, now);
    co_await db.write(std::move(statement));
}

awaitable<void> remove_failed_email(db::Database& db, std::int64_t id, Instant now) {
    static constexpr std::string_view remove = R"(
        DELETE FROM failed_emails
        WHERE id = $1 AND (status <> 'PENDING' OR lease_until IS NULL OR lease_until <= $2)
        RETURNING id)";
    db::Statement statement = db::sql(remove, id, now);
    const db::Rows removed = co_await db.write(std::move(statement));
    if (!removed.empty()) co_return;
    co_await require_row(db, id);
    throw Error(ErrorKind::conflict, std::string(resend_under_way));
}

}  // namespace alma::mail
