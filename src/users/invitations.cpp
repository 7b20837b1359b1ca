#include "users/invitations.hpp"

#include "auth/session_store.hpp"
#include "base/email_address.hpp"
#include "base/error.hpp"
#include "users/account_statements.hpp"

namespace alma::users {
namespace {

/// What one new link clears away of those that are over: more than it adds.
constexpr std::size_t cleanup_batch = 100;

db::Statement clear_ended_links(Instant now) {
    static constexpr std::string_view remove = R"(
        DELETE FROM account_links WHERE id IN (
            SELECT id FROM account_links WHERE ends_at <= $1 ORDER BY ends_at
            LIMIT $2 /*postgresql FOR UPDATE SKIP LOCKED*/))";
    return db::sql(remove, now, cleanup_batch);
}

/// Adds the link for the account of that address, if it is active, and the mail that brings it.
void add_link(std::vector<db::Statement>& transaction, mail::LinkKind kind, std::chrono::seconds lifetime,
              std::string_view key, const std::string& email_folded, Instant now) {
    const mail::NewLink link{.kind = kind, .lifetime = lifetime};
    transaction.push_back(mail::insert_link(link, key, email_folded, now));
    transaction.push_back(mail::enqueue_link_mail(link, now));
    transaction.push_back(clear_ended_links(now));
}

/// Recorded whether there is such an account or not.
db::Statement record_reset_asked(const std::string& email_folded, Instant now) {
    static constexpr std::string_view insert = R"(
        INSERT INTO audit_pending (action, actor_kind, user_id, details, created_at)
        VALUES ($1, $2, (SELECT id FROM users WHERE email_folded = $3), '{}', $4))";
    return db::sql(insert, audit::Action::password_reset_asked, audit::ActorKind::anonymous, email_folded,
                   now);
}

// Of use(), in the order of their transaction. A user's row is locked by the first one; of two transactions
// with the same link the second one finds it gone, in the last one, and is void.

db::Statement set_password_by_link(const std::string& hash, std::string hashed_password, Instant now) {
    static constexpr std::string_view update = R"(
        UPDATE users SET hashed_password = $2, is_invited = $3, tokens_valid_from = $4, updated_at = $5
        WHERE is_active = $6
          AND id = (SELECT user_id FROM account_links WHERE token_hash = $1 AND ends_at > $5)
        RETURNING id)";
    return db::required(update, hash, std::move(hashed_password), false, auth::tokens_valid_after(now), now,
                        true);
}

db::Statement end_sessions_by_link(const std::string& hash) {
    static constexpr std::string_view remove =
        "DELETE FROM sessions WHERE user_id = (SELECT user_id FROM account_links WHERE token_hash = $1)";
    return db::sql(remove, hash);
}

db::Statement record_use_of_link(const std::string& hash, Instant now) {
    static constexpr std::string_view insert = R"(
        INSERT INTO audit_pending (action, actor_kind, actor_id, user_id, details, created_at)
        SELECT CASE kind WHEN 'INVITATION' THEN 'INVITATION_USED' ELSE 'PASSWORD_RESET_USED' END,
               $2, user_id, user_id, '{}', $3
        FROM account_links WHERE token_hash = $1)";
    return db::sql(insert, hash, audit::ActorKind::user, now);
}

db::Statement drop_links_by_link(const std::string& hash) {
    static constexpr std::string_view remove = R"(
        DELETE FROM account_links
        WHERE user_id = (SELECT user_id FROM account_links WHERE token_hash = $1)
        RETURNING id)";
    return db::required(remove, hash);
}

}  // namespace

Invitations::Invitations(db::Database& db, WorkerPool& passwords, mail::LinkSettings links,
                         const Clock& clock, std::function<void()> wake)
    : db_(db), passwords_(passwords), links_(std::move(links)), clock_(clock), wake_(std::move(wake)) {}

void Invitations::require_links() const {
    if (links_.public_base_url.empty())
        throw Error(ErrorKind::invalid,
                    "A link can be mailed only when PUBLIC_BASE_URL is set: to the address of this service");
}

awaitable<Account> Invitations::invite(std::string email, std::string role, audit::Actor actor) {
    require_links();
    require_email(email);
    const http::Role parsed_role = require_role(role);
    static constexpr std::string_view insert = R"(
        INSERT INTO users (email, email_folded, hashed_password, role, is_active, is_invited, created_at, updated_at)
        VALUES ($1, $2, '', $3, $4, $4, $5, $5)
        ON CONFLICT (email_folded) DO NOTHING
        RETURNING id, email, role, is_active, created_at, updated_at, is_invited)";
    const std::string email_folded = fold_email(email);
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(db::required(insert, std::move(email), email_folded, parsed_role, true, now));
    transaction.push_back(
        record(audit::Action::user_invited, actor, email_folded, now, role_details(parsed_role)));
    add_link(transaction, mail::LinkKind::invitation, invitation_lifetime, links_.key, email_folded, now);
    std::optional<Account> account = co_await write_returning<Account>(db_, std::move(transaction), 0);
    if (!account) throw Error(ErrorKind::invalid, "Email already exists");
    wake_();
    co_return std::move(*account);
}

awaitable<Account> Invitations::find_invited(std::int64_t id) {
    require_links();
    static constexpr std::string_view select = R"(
        SELECT id, email, role, is_active, created_at, updated_at, is_invited FROM users WHERE id = $1)";
    const db::Rows rows = co_await db_.read(db::sql(select, id));
    std::optional<Account> account = rows.first_as<Account>();
    if (!account) throw Error(ErrorKind::not_found, "User not found");
    if (!account->is_invited) throw Error(ErrorKind::invalid, "User is not invited any more");
    if (!account->is_active) throw Error(ErrorKind::invalid, "User is not active");
    co_return std::move(*account);
}

awaitable<void> Invitations::invite_again(Account account, audit::Actor actor) {
    static constexpr std::string_view drop =
        "DELETE FROM account_links WHERE user_id = $1 AND kind = 'INVITATION'";
    static constexpr std::string_view still_invited = R"(
        UPDATE users SET updated_at = $2 WHERE id = $1 AND is_invited = $3 AND is_active = $3
        RETURNING id)";
    const std::string email_folded = fold_email(account.email);
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(db::required(still_invited, account.id, now, true));
    transaction.push_back(db::sql(drop, account.id));
    transaction.push_back(
        record(audit::Action::user_invited, actor, email_folded, now, role_details(account.role)));
    add_link(transaction, mail::LinkKind::invitation, invitation_lifetime, links_.key, email_folded, now);
    if (!co_await db_.write(std::move(transaction)))
        throw Error(ErrorKind::invalid, "User is not invited any more");
    wake_();
}

awaitable<void> Invitations::ask_reset(std::string email) {
    require_links();
    const std::string email_folded = fold_email(email);
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(record_reset_asked(email_folded, now));
    add_link(transaction, mail::LinkKind::password_reset, password_reset_lifetime, links_.key, email_folded,
             now);
    co_await db_.write(std::move(transaction));
    wake_();
}

awaitable<bool> Invitations::is_valid(std::string token) {
    static constexpr std::string_view select = R"(
        SELECT 1 FROM account_links JOIN users ON users.id = account_links.user_id
        WHERE account_links.token_hash = $1 AND account_links.ends_at > $2 AND users.is_active = $3)";
    const db::Rows rows =
        co_await db_.read(db::sql(select, mail::link_token_hash(token), clock_.now(), true));
    co_return !rows.empty();
}

awaitable<bool> Invitations::use(std::string token, std::string password) {
    std::string hashed_password = co_await hash_new_password(passwords_, std::move(password));
    const std::string hash = mail::link_token_hash(token);
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(set_password_by_link(hash, std::move(hashed_password), now));
    transaction.push_back(end_sessions_by_link(hash));
    transaction.push_back(record_use_of_link(hash, now));
    transaction.push_back(drop_links_by_link(hash));
    const auto results = co_await db_.write(std::move(transaction));
    co_return results.has_value();
}

db::Statement drop_links_of(std::int64_t user_id) {
    static constexpr std::string_view remove = "DELETE FROM account_links WHERE user_id = $1";
    return db::sql(remove, user_id);
}

}  // namespace alma::users
