#include "auth/session_store.hpp"

#include "auth/fingerprint.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"

#include <sodium.h>

#include <array>

namespace alma::auth {
namespace {

/// What one login or logout clears away of what is over: far more than it adds, so that nothing piles up, and
/// little enough to be no burden.
constexpr std::size_t cleanup_batch = 100;

std::string random_session_id() {
    std::array<char, 32> bytes;
    randombytes_buf(bytes.data(), bytes.size());
    return to_base64url({bytes.data(), bytes.size()});
}

/// Too old for whoever knows a session by its id; nobody's is longer.
Instant end_of_session(Instant created_at, Instant last_seen_at) {
    return std::min(last_seen_at + session_idle_time, created_at + longest_session);
}

db::Statement clear_ended_sessions(Instant now) {
    static constexpr std::string_view remove = R"(
        DELETE FROM sessions WHERE id_hash IN (
            SELECT id_hash FROM sessions WHERE ends_at <= $1 ORDER BY ends_at
            LIMIT $2 /*postgresql FOR UPDATE SKIP LOCKED*/))";
    return db::sql(remove, now, cleanup_batch);
}

db::Statement clear_ended_tokens(Instant now) {
    static constexpr std::string_view remove = R"(
        DELETE FROM revoked_tokens WHERE token_hash IN (
            SELECT token_hash FROM revoked_tokens WHERE ends_at <= $1 ORDER BY ends_at
            LIMIT $2 /*postgresql FOR UPDATE SKIP LOCKED*/))";
    return db::sql(remove, now, cleanup_batch);
}

/// The user's row is locked: of a login and a change of the password at the same time, the later one sees
/// what the earlier one did. It also makes logins of one user take turns, so that max_sessions holds.
db::Statement insert_session(const ProvedUser& user, const std::string& id, Instant now, Instant ends_at) {
    static constexpr std::string_view insert = R"(
        INSERT INTO sessions (id_hash, user_id, created_at, last_seen_at, ends_at)
        SELECT $1, id, $3, $3, $4 FROM users
        WHERE id = $2 AND is_active = $5 AND (tokens_valid_from IS NULL OR tokens_valid_from <= $6)
        /*postgresql FOR NO KEY UPDATE*/
        RETURNING id_hash)";
    return db::required(insert, fingerprint(id), user.id, now, ends_at, true, user.issued_at);
}

db::Statement clear_surplus_sessions(std::int64_t user_id) {
    static constexpr std::string_view remove = R"(
        DELETE FROM sessions
        WHERE user_id = $1
          AND id_hash NOT IN (SELECT id_hash FROM sessions WHERE user_id = $1
                              ORDER BY last_seen_at DESC, id_hash LIMIT $2))";
    return db::sql(remove, user_id, max_sessions);
}

db::Statement end_session(const std::string& id) {
    static constexpr std::string_view remove = "DELETE FROM sessions WHERE id_hash = $1";
    return db::sql(remove, fingerprint(id));
}

db::Statement revoke_token(const std::string& token, Instant end) {
    static constexpr std::string_view insert = R"(
        INSERT INTO revoked_tokens (token_hash, ends_at) VALUES ($1, $2)
        ON CONFLICT (token_hash) DO NOTHING)";
    return db::sql(insert, fingerprint(token), end);
}

}  // namespace

awaitable<std::optional<NewSession>> start_session(db::Database& db, const ProvedUser& user,
                                                   std::optional<std::string> before, Instant now) {
    NewSession session{.id = random_session_id(), .ends_at = end_of_session(now, now)};
    std::vector<db::Statement> transaction;
    transaction.push_back(insert_session(user, session.id, now, session.ends_at));
    if (before) transaction.push_back(end_session(*before));
    transaction.push_back(clear_surplus_sessions(user.id));
    transaction.push_back(clear_ended_sessions(now));
    const auto started = co_await db.write(std::move(transaction));
    if (!started) co_return std::nullopt;
    co_return session;
}

awaitable<std::optional<Session>> find_session(db::Database& db, std::string id, Instant now) {
    static constexpr std::string_view select = R"(
        SELECT users.id, users.email, users.role, sessions.created_at, sessions.last_seen_at, sessions.ends_at
        FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.id_hash = $1 AND sessions.ends_at > $2 AND users.is_active = $3)";
    const db::Rows rows = co_await db.read(db::sql(select, fingerprint(id), now, true));
    co_return rows.first_as<Session>();
}

awaitable<void> renew_session(db::Database& db, std::string id, const Session& session, Instant now) {
    if (now < session.last_seen_at + session_renewal) co_return;
    static constexpr std::string_view update = R"(
        UPDATE sessions SET last_seen_at = $2, ends_at = $3 WHERE id_hash = $1 AND last_seen_at < $2)";
    try {
        co_await db.write(db::sql(update, fingerprint(id), now, end_of_session(session.created_at, now)));
    } catch (const std::exception& failure) {
        log::warning("a session could not be renewed",
                     {{"user", session.user_id}, {"error", failure.what()}});
    }
}

awaitable<void> log_out(db::Database& db, std::optional<std::string> session,
                        std::optional<std::string> token, std::optional<Instant> token_end,
                        audit::Actor actor, Instant now) {
    std::vector<db::Statement> transaction;
    if (session) transaction.push_back(end_session(*session));
    if (token && token_end) {
        transaction.push_back(revoke_token(*token, *token_end));
        transaction.push_back(clear_ended_tokens(now));
    }
    transaction.push_back(audit::record({.action = audit::Action::logged_out, .actor = actor, .at = now}));
    co_await db.write(std::move(transaction));
}

db::Statement end_sessions_of(std::int64_t user_id, const std::optional<std::string>& but) {
    static constexpr std::string_view remove = "DELETE FROM sessions WHERE user_id = $1 AND id_hash <> $2";
    return db::sql(remove, user_id, but ? fingerprint(*but) : "");
}

}  // namespace alma::auth
