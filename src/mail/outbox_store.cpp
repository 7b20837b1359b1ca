#include "mail/outbox_store.hpp"

#include "base/json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include <limits>

namespace alma::mail {

const std::string_view nobody_to_notify =
    "There is no active attorney and no active admin to notify. Create or activate one (alma-leads user "
    "create), "
    "then resend this mail.";
const std::string_view owed_to_nobody =
    "The others have this mail, and none of those whom it could not be delivered to is to be notified any "
    "more. "
    "Delete it.";

void read_cell(const db::Cell& cell, AddressList& out) {
    out.items = boost::json::value_to<std::vector<std::string>>(boost::json::parse(cell.text()));
}

std::vector<db::Statement> enqueue_mails_about(const Uuid& lead, Instant now) {
    // One statement for both: a submission pays for each.
    static constexpr std::string_view insert = R"(
        INSERT INTO outbox (message_id, lead_id, kind, next_attempt_at, created_at)
        VALUES ($1, (SELECT id FROM leads WHERE uuid = $3), 'CONFIRMATION', $4, $4),
               ($2, (SELECT id FROM leads WHERE uuid = $3), 'NOTIFICATION', $4, $4))";
    std::vector<db::Statement> statements;
    statements.push_back(db::sql(insert, random_uuid(), random_uuid(), lead, now));
    return statements;
}

awaitable<std::optional<Instant>> next_due(db::Database& db, Instant now) {
    static constexpr std::string_view select = R"(
        SELECT next_attempt_at FROM outbox
        WHERE lease_until IS NULL OR lease_until <= $1
        ORDER BY next_attempt_at LIMIT 1)";
    db::Statement statement = db::sql(select, now);
    const db::Rows rows = co_await db.read(std::move(statement));
    if (rows.empty()) co_return std::nullopt;
    co_return rows.front().get<Instant>(0);
}

awaitable<std::vector<ClaimedMail>> claim_due(db::Database& db, std::string lease, Instant now, Instant until,
                                              std::size_t limit) {
    // A row that still bears a lease was interrupted: that attempt did not end, and is not counted again.
    // Materialized: a subquery that is run twice would lock, and lease, more than its limit.
    static constexpr std::string_view update = R"(
        WITH due AS MATERIALIZED (
            SELECT id FROM outbox
            WHERE next_attempt_at <= $3 AND (lease_until IS NULL OR lease_until <= $3)
            ORDER BY next_attempt_at, id LIMIT $4 /*postgresql FOR UPDATE SKIP LOCKED*/)
        UPDATE outbox
        SET attempts = attempts + CASE WHEN lease_owner IS NULL THEN 1 ELSE 0 END,
            interruptions = interruptions + CASE WHEN lease_owner IS NULL THEN 0 ELSE 1 END,
            lease_owner = $1, lease_until = $2
        WHERE id IN (SELECT id FROM due)
        RETURNING id, message_id, lead_id, link_id, kind, attempts, interruptions, recipients)";
    db::Statement statement = db::sql(update, std::move(lease), until, now, limit);
    const db::Rows rows = co_await db.write(std::move(statement));
    std::vector<ClaimedMail> claimed = rows.as<ClaimedMail>();
    std::ranges::sort(claimed, {}, &ClaimedMail::id);  // RETURNING keeps no order
    co_return claimed;
}

awaitable<void> void_leases(db::Database& db, Instant before) {
    static constexpr std::string_view of_attempts =
        "UPDATE outbox SET lease_until = $1 WHERE lease_owner IS NOT NULL AND lease_until > $1";
    static constexpr std::string_view of_resends = R"(
        UPDATE failed_emails SET lease_until = $1
        WHERE status = 'PENDING' AND lease_until > $1 AND updated_at <= $1)";
    std::vector<db::Statement> transaction;
    transaction.push_back(db::sql(of_attempts, before));
    transaction.push_back(db::sql(of_resends, before));
    co_await db.write(std::move(transaction));
}

awaitable<bool> finish_sent(db::Database& db, std::int64_t id, std::string lease) {
    static constexpr std::string_view remove =
        "DELETE FROM outbox WHERE id = $1 AND lease_owner = $2 RETURNING id";
    db::Statement statement = db::sql(remove, id, std::move(lease));
    const db::Rows ended = co_await db.write(std::move(statement));
    co_return !ended.empty();
}

awaitable<bool> finish_for_retry(db::Database& db, std::int64_t id, std::string lease, Instant next,
                                 std::string error) {
    static constexpr std::string_view update = R"(
        UPDATE outbox SET lease_owner = NULL, lease_until = NULL, next_attempt_at = $3, last_error = $4
        WHERE id = $1 AND lease_owner = $2
        RETURNING id)";
    db::Statement statement = db::sql(update, id, std::move(lease), next, std::move(error));
    const db::Rows ended = co_await db.write(std::move(statement));
    co_return !ended.empty();
}

awaitable<bool> give_back(db::Database& db, std::int64_t id, std::string lease) {
    static constexpr std::string_view update = R"(
        UPDATE outbox SET lease_owner = NULL, lease_until = NULL, attempts = attempts - 1
        WHERE id = $1 AND lease_owner = $2
        RETURNING id)";
    db::Statement statement = db::sql(update, id, std::move(lease));
    const db::Rows ended = co_await db.write(std::move(statement));
    co_return !ended.empty();
}

namespace {

db::Statement remove_claimed(const ClaimedMail& mail, std::string lease) {
    static constexpr std::string_view remove =
        "DELETE FROM outbox WHERE id = $1 AND lease_owner = $2 RETURNING id";
    return db::required(remove, mail.id, std::move(lease));
}

db::Statement insert_failed(const ClaimedMail& mail, const Prospect& prospect,
                            const std::vector<std::string>& recipients, std::string error, bool is_partial,
                            Instant now) {
    static constexpr std::string_view insert = R"(
        INSERT INTO failed_emails (message_id, lead_id, lead_uuid, lead_name, lead_email, attorney_emails,
                                   error_message, status, is_partial, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'FAILED', $8, $9, $9))";
    return db::sql(insert, mail.message_id, mail.lead_id, prospect.uuid, prospect.name(), prospect.email,
                   to_json(recipients), std::move(error), is_partial, now);
}

}  // namespace

awaitable<bool> finish_failed(db::Database& db, const ClaimedMail& mail, std::string lease,
                              const Prospect& prospect, const std::vector<std::string>& recipients,
                              std::string error, Instant now) {
    std::vector<db::Statement> transaction;
    transaction.push_back(remove_claimed(mail, std::move(lease)));
    if (mail.kind == MailKind::notification) {
        const bool is_partial = mail.owed.has_value();
        transaction.push_back(insert_failed(mail, prospect, recipients, std::move(error), is_partial, now));
    }
    const auto ended = co_await db.write(std::move(transaction));
    co_return ended.has_value();
}

awaitable<bool> finish_partly(db::Database& db, const ClaimedMail& mail, std::string lease,
                              const Prospect& prospect, Remainder remainder, Instant now) {
    static constexpr std::string_view narrow = R"(
        UPDATE outbox
        SET lease_owner = NULL, lease_until = NULL, next_attempt_at = $3, last_error = $4, recipients = $5
        WHERE id = $1 AND lease_owner = $2
        RETURNING id)";
    std::vector<db::Statement> transaction;
    if (remainder.owed.empty()) {
        transaction.push_back(remove_claimed(mail, std::move(lease)));
    } else {
        transaction.push_back(db::required(narrow, mail.id, std::move(lease), remainder.next,
                                           std::move(remainder.error), to_json(remainder.owed)));
    }
    if (!remainder.given_up.empty()) {
        transaction.push_back(insert_failed(mail, prospect, remainder.given_up,
                                            std::move(remainder.given_up_error), true, now));
    }
    const auto ended = co_await db.write(std::move(transaction));
    co_return ended.has_value();
}

awaitable<std::optional<Prospect>> find_prospect(db::Database& db, std::int64_t lead_id) {
    static constexpr std::string_view select =
        "SELECT uuid, first_name, last_name, email FROM leads WHERE id = $1";
    db::Statement statement = db::sql(select, lead_id);
    const db::Rows rows = co_await db.read(std::move(statement));
    co_return rows.first_as<Prospect>();
}

awaitable<std::vector<std::string>> find_notified(db::Database& db) {
    static constexpr std::string_view select = R"(
        SELECT email FROM users
        WHERE is_active = $1 AND is_invited <> $1
          AND role = CASE WHEN EXISTS (SELECT 1 FROM users
                                       WHERE is_active = $1 AND is_invited <> $1 AND role = 'ATTORNEY')
                          THEN 'ATTORNEY' ELSE 'ADMIN' END
        ORDER BY id LIMIT 1000)";
    db::Statement statement = db::sql(select, true);
    const db::Rows rows = co_await db.read(std::move(statement));
    std::vector<std::string> addresses;
    addresses.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row)
        addresses.push_back(rows[row].get<std::string>(0));
    co_return addresses;
}

awaitable<std::vector<WaitingMail>> waiting_mails(db::Database& db, std::optional<std::int64_t> before,
                                                  std::size_t limit) {
    static constexpr std::string_view select = R"(
        SELECT outbox.id, outbox.kind, leads.uuid, leads.first_name || ' ' || leads.last_name, outbox.attempts,
               outbox.next_attempt_at, outbox.last_error, outbox.created_at
        FROM outbox LEFT JOIN leads ON leads.id = outbox.lead_id
        WHERE outbox.id < $1 ORDER BY outbox.id DESC LIMIT $2)";
    constexpr std::int64_t end = std::numeric_limits<std::int64_t>::max();
    const db::Rows rows = co_await db.search(db::sql(select, before.value_or(end), limit));
    co_return rows.as<WaitingMail>();
}

awaitable<OutboxSize> outbox_size(db::Database& db) {
    static constexpr std::string_view select =
        "SELECT (SELECT count(*) FROM outbox), (SELECT created_at FROM outbox ORDER BY id LIMIT 1)";
    db::Statement statement = db::sql(select);
    const db::Rows rows = co_await db.search(std::move(statement));
    co_return *rows.first_as<OutboxSize>();
}

}  // namespace alma::mail
