/// Accounts: what changes one that is there.
#include "auth/session_store.hpp"
#include "base/email_address.hpp"
#include "base/error.hpp"
#include "users/account_statements.hpp"
#include "users/accounts.hpp"
#include "users/invitations.hpp"

#include <fmt/format.h>

namespace alma::users {
namespace {

Error not_found() {
    return {ErrorKind::not_found, "User not found"};
}

/// Before the statement that changes the role; nothing when it is so already.
db::Statement record_role(std::int64_t id, http::Role role, audit::Actor actor, Instant at) {
    static constexpr std::string_view insert = R"(
        INSERT INTO audit_pending (action, actor_kind, actor_id, user_id, details, created_at)
        SELECT $1, $2, $3, id, '{"from":"' || role || '","to":"' || CAST($4 AS text) || '"}', $5 FROM users
        WHERE id = $6 AND role <> $4 /*postgresql FOR UPDATE*/)";
    return db::sql(insert, audit::Action::user_role_changed, actor.kind, actor.id, role, at, id);
}

/// Before the statement that sets whether the user is active; nothing when it is so already.
db::Statement record_activity(std::int64_t id, bool is_active, audit::Actor actor, Instant at) {
    static constexpr std::string_view insert = R"(
        INSERT INTO audit_pending (action, actor_kind, actor_id, user_id, details, created_at)
        SELECT $1, $2, $3, id, '{}', $4 FROM users
        WHERE id = $5 AND is_active <> $6 /*postgresql FOR UPDATE*/)";
    const audit::Action action = is_active ? audit::Action::user_activated : audit::Action::user_deactivated;
    return db::sql(insert, action, actor.kind, actor.id, at, id, is_active);
}

/// Returns the account; or nothing when it was the last active admin's, and would be no more. One who was
/// invited and has no password yet administers nothing.
db::Statement update_account(std::int64_t id, const AccountChange& change, Instant at) {
    static constexpr std::string_view update = R"(
        UPDATE users
        SET role = coalesce($2, role), is_active = coalesce($3, is_active), updated_at = $4
        WHERE id = $1
          AND (role <> 'ADMIN' OR is_active <> $5 OR is_invited = $5
               OR (coalesce($2, role) = 'ADMIN' AND coalesce($3, is_active) = $5)
               OR EXISTS (SELECT 1 FROM users AS other
                          WHERE other.role = 'ADMIN' AND other.is_active = $5 AND other.is_invited <> $5
                            AND other.id <> $1))
        RETURNING id, email, role, is_active, created_at, updated_at, is_invited)";
    return db::required(update, id, change.role, change.is_active, at, true);
}

}  // namespace

awaitable<Account> Accounts::change(std::int64_t id, AccountChange change, audit::Actor actor) {
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(take_turn());
    if (change.role) transaction.push_back(record_role(id, *change.role, actor, now));
    if (change.is_active) transaction.push_back(record_activity(id, *change.is_active, actor, now));
    transaction.push_back(update_account(id, change, now));
    const std::size_t update = transaction.size() - 1;
    if (change.is_active == false) {
        transaction.push_back(auth::end_sessions_of(id));
        transaction.push_back(drop_links_of(id));
    }
    std::optional<Account> account = co_await write_returning<Account>(db_, std::move(transaction), update);
    if (account) co_return std::move(*account);
    const db::Rows rows = co_await db_.read(db::sql("SELECT email FROM users WHERE id = $1", id));
    if (rows.empty()) throw not_found();
    throw Error(ErrorKind::invalid,
                fmt::format("{} is the last active admin; create or activate another one first",
                            rows.front().get<std::string>(0)));
}

awaitable<User> Accounts::set_active(std::string email, bool is_active, audit::Actor actor) {
    const std::int64_t id = co_await id_of(std::move(email));
    const AccountChange wanted{.role = std::nullopt, .is_active = is_active};
    const Account account = co_await change(id, wanted, actor);
    co_return account.user();
}

awaitable<User> Accounts::set_password(std::string email, std::string password, audit::Actor actor) {
    const std::string email_folded = fold_email(email);
    const std::int64_t id = co_await id_of(std::move(email));
    std::string hashed_password = co_await hash_new_password(passwords_, std::move(password));
    static constexpr std::string_view update = R"(
        UPDATE users SET hashed_password = $2, is_invited = $3, tokens_valid_from = $4, updated_at = $5
        WHERE id = $1
        RETURNING id, email, role, is_active, created_at, updated_at)";
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(
        db::required(update, id, std::move(hashed_password), false, auth::tokens_valid_after(now), now));
    transaction.push_back(auth::end_sessions_of(id));
    transaction.push_back(drop_links_of(id));
    transaction.push_back(record(audit::Action::user_password_changed, actor, email_folded, now));
    std::optional<User> user = co_await write_returning<User>(db_, std::move(transaction), 0);
    if (!user) throw not_found();
    co_return std::move(*user);
}

awaitable<void> Accounts::change_own_password(auth::ProvedUser user, std::string password,
                                              std::optional<std::string> session) {
    std::string hashed_password = co_await hash_new_password(passwords_, std::move(password));
    static constexpr std::string_view update = R"(
        UPDATE users SET hashed_password = $2, tokens_valid_from = $3, updated_at = $4
        WHERE id = $1 AND is_active = $5 AND (tokens_valid_from IS NULL OR tokens_valid_from <= $6)
        RETURNING id)";
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(db::required(update, user.id, std::move(hashed_password),
                                       auth::tokens_valid_after(now), now, true, user.issued_at));
    transaction.push_back(auth::end_sessions_of(user.id, session));
    transaction.push_back(drop_links_of(user.id));
    transaction.push_back(audit::record({.action = audit::Action::user_password_changed,
                                         .actor = {.kind = audit::ActorKind::user, .id = user.id},
                                         .user = user.id,
                                         .at = now}));
    if (!co_await db_.write(std::move(transaction)))
        throw Error(ErrorKind::invalid, "Current password is incorrect");
}

awaitable<std::int64_t> Accounts::id_of(std::string email) {
    const db::Rows rows =
        co_await db_.read(db::sql("SELECT id FROM users WHERE email_folded = $1", fold_email(email)));
    if (rows.empty()) throw not_found();
    co_return rows.front().get<std::int64_t>(0);
}

}  // namespace alma::users
