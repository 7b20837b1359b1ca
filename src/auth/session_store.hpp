/// The SQL of sessions, and of tokens that were revoked.
#pragma once

#include "audit/log.hpp"
#include "auth/login.hpp"
#include "auth/token.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "http/principal.hpp"

#include <boost/describe/class.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace alma::auth {

/// A session ends so long after it was last used,
constexpr std::chrono::hours session_idle_time{8};
/// and so long after its login, however much it is used.
constexpr std::chrono::hours longest_session{24 * 7};
/// Uses within so long of the last one that was written down are not written down.
constexpr std::chrono::minutes session_renewal{1};
/// Of one user; one more takes the place of the one that was used longest ago.
constexpr std::size_t max_sessions = 20;

/// A session that lasts, and its user, who is active.
struct Session {
    std::int64_t user_id = 0;
    std::string email;
    http::Role role = http::Role::attorney;
    Instant created_at;
    Instant last_seen_at;
    Instant ends_at;  ///< unless it is used before
};
BOOST_DESCRIBE_STRUCT(Session, (), (user_id, email, role, created_at, last_seen_at, ends_at))

struct NewSession {
    std::string id;  ///< 256 random bits, in base64url: known to the browser alone from then on
    Instant ends_at;
};

/// @param before the session that the browser had until now, if any: it ends
/// @return nothing when the user was deactivated, or the password changed, since it was proved
awaitable<std::optional<NewSession>> start_session(db::Database& db, const ProvedUser& user,
                                                   std::optional<std::string> before, Instant now);

/// Costs one look at an index. Nothing when there is no such session, or it is over.
awaitable<std::optional<Session>> find_session(db::Database& db, std::string id, Instant now);

/// Writes down that it is used, when that was not done lately. What fails is a line of the log: the session
/// then ends a little earlier.
awaitable<void> renew_session(db::Database& db, std::string id, const Session& session, Instant now);

/// Ends what of the two is there, for all instances: on return neither counts any more.
awaitable<void> log_out(db::Database& db, std::optional<std::string> session,
                        std::optional<std::string> token, std::optional<Instant> token_end,
                        audit::Actor actor, Instant now);

/// For a transaction that takes the user's access away, or changes the password. @param but the id of one
/// that goes on
db::Statement end_sessions_of(std::int64_t user_id, const std::optional<std::string>& but = std::nullopt);

}  // namespace alma::auth
