#include "mail/failed_email_store.hpp"

#include "base/error.hpp"
#include "base/json.hpp"

#include <map>

namespace alma::mail {
namespace {

Error no_such_row() {
    return {ErrorKind::not_found, std::string(no_such_failed_email)};
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

namespace {

db::Statement remove_unless_under_way(std::int64_t id, Instant now) {
    static constexpr std::string_view remove = R"(
        DELETE FROM failed_emails
        WHERE id = $1 AND (status <> 'PENDING' OR lease_until IS NULL OR lease_until <= $2)
        RETURNING id)";
    return db::sql(remove, id, now);
}

}  // namespace

awaitable<void> remove_failed_email(db::Database& db, std::int64_t id, Instant now) {
    const db::Rows removed = co_await db.write(remove_unless_under_way(id, now));
    if (!removed.empty()) co_return;
    co_await require_row(db, id);
    throw Error(ErrorKind::conflict, std::string(resend_under_way));
}

awaitable<std::vector<Removal>> remove_failed_emails(db::Database& db, std::vector<std::int64_t> ids,
                                                     Instant now) {
    static constexpr std::string_view look = "SELECT id FROM failed_emails WHERE id = $1";
    // Two who delete the same rows at the same time lock them in the same order.
    std::map<std::int64_t, Removal> outcomes;
    for (const std::int64_t id : ids)
        outcomes.emplace(id, Removal::not_found);
    std::vector<db::Statement> transaction;
    for (const auto& [id, outcome] : outcomes) {
        transaction.push_back(remove_unless_under_way(id, now));
        transaction.push_back(db::sql(look, id));
    }
    const std::optional<std::vector<db::Rows>> results = co_await db.write(std::move(transaction));
    auto result = results->begin();
    for (auto& [id, outcome] : outcomes) {
        const bool is_removed = !(result++)->empty();
        const bool is_there = !(result++)->empty();
        if (is_removed) outcome = Removal::removed;
        if (is_there) outcome = Removal::under_way;
    }
    std::vector<Removal> in_order;
    in_order.reserve(ids.size());
    for (const std::int64_t id : ids)
        in_order.push_back(outcomes.at(id));
    co_return in_order;
}

}  // namespace alma::mail
