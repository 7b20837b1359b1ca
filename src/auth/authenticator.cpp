#include "auth/authenticator.hpp"

#include "auth/credentials.hpp"
#include "auth/fingerprint.hpp"
#include "auth/session_store.hpp"
#include "base/email_address.hpp"

namespace alma::auth {
namespace {

/// The active user, unless the token was revoked, or is from before a change of the password.
awaitable<std::optional<http::Principal>> bearer_of(db::Database& db, std::string_view token,
                                                    const VerifiedToken& verified) {
    static constexpr std::string_view select = R"(
        SELECT id, email, role
        FROM users
        WHERE email_folded = $1 AND is_active = $2
          AND (tokens_valid_from IS NULL OR tokens_valid_from <= $3)
          AND NOT EXISTS (SELECT 1 FROM revoked_tokens WHERE token_hash = $4))";
    const db::Rows rows = co_await db.read(
        db::sql(select, fold_email(verified.subject), true, verified.issued_at, fingerprint(token)));
    if (rows.empty()) co_return std::nullopt;
    const db::Row row = rows.front();
    co_return http::Principal{
        .id = row.get<std::int64_t>(0), .email = row.get<std::string>(1), .role = row.get<http::Role>(2)};
}

}  // namespace

awaitable<std::optional<http::Principal>> Authenticator::operator()(const http::Request& request) {
    return who(request, Renewal::yes);
}

awaitable<std::optional<http::Principal>> Authenticator::again(const http::Request& request) {
    return who(request, Renewal::no);
}

awaitable<std::optional<http::Principal>> Authenticator::who(const http::Request& request, Renewal renewal) {
    if (const std::optional<std::string_view> token = bearer_token(request))
        co_return co_await by_token(*token);
    const std::optional<std::string_view> id = session_id(request);
    if (!id) co_return std::nullopt;
    require_own_page(request);
    co_return co_await by_session(*id, renewal);
}

awaitable<std::optional<http::Principal>> Authenticator::by_token(std::string_view token) {
    const Instant now = clock_.now();
    if (std::optional<http::Principal> known = tokens_proved_.find(token, now)) co_return known;

    const std::optional<VerifiedToken> verified = tokens_.verify(token, now);
    if (!verified) co_return std::nullopt;
    const std::optional<std::uint64_t> commits = db_.commits();
    std::optional<http::Principal> user = co_await bearer_of(db_, token, *verified);
    if (user) tokens_proved_.remember(token, now, *user, verified->end, commits);
    co_return user;
}

awaitable<std::optional<http::Principal>> Authenticator::by_session(std::string_view id, Renewal renewal) {
    const Instant now = clock_.now();
    if (std::optional<http::Principal> known = sessions_proved_.find(id, now)) co_return known;

    const std::optional<std::uint64_t> commits = db_.commits();
    const std::optional<Session> session = co_await find_session(db_, std::string(id), now);
    if (!session) co_return std::nullopt;
    const http::Principal user{.id = session->user_id, .email = session->email, .role = session->role};
    sessions_proved_.remember(id, now, user, session->ends_at, commits);
    if (renewal == Renewal::yes) co_await renew_session(db_, std::string(id), *session, now);
    co_return user;
}

}  // namespace alma::auth
