#include "mail/account_link.hpp"

#include "auth/fingerprint.hpp"
#include "base/encoding.hpp"
#include "mail/templates.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

namespace alma::mail {
namespace {

/// A link that may be mailed now.
struct DueLink {
    LinkKind kind{};
    std::string token_hash;
    std::int64_t user_id = 0;
    std::string email;
};
BOOST_DESCRIBE_STRUCT(DueLink, (), (kind, token_hash, user_id, email))

awaitable<std::optional<DueLink>> find_link(db::Database& db, Uuid link, Instant now) {
    static constexpr std::string_view select = R"(
        SELECT account_links.kind, account_links.token_hash, users.id, users.email
        FROM account_links JOIN users ON users.id = account_links.user_id
        WHERE account_links.id = $1 AND account_links.ends_at > $2 AND users.is_active = $3)";
    const db::Rows rows = co_await db.read(db::sql(select, link, now, true));
    co_return rows.first_as<DueLink>();
}

/// In the fragment, which browsers keep to themselves: no server or proxy ever logs it.
std::string url_of_link(std::string_view public_base_url, std::string_view token) {
    return fmt::format("{}/inbox/#/set-password/{}", public_base_url, token);
}

}  // namespace

std::string link_token(std::string_view key, const Uuid& link) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
    const std::string id = to_text(link);
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(id.data()), id.size());
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac;
    crypto_auth_hmacsha256_final(&state, mac.data());
    return to_base64url({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

std::string link_token_hash(std::string_view token) {
    return auth::fingerprint(token);
}

db::Statement insert_link(const NewLink& link, std::string_view key, std::string email_folded, Instant now) {
    static constexpr std::string_view insert = R"(
        INSERT INTO account_links (id, user_id, kind, token_hash, created_at, ends_at)
        SELECT $1, id, $2, $3, $4, $5 FROM users WHERE email_folded = $6 AND is_active = $7)";
    return db::sql(insert, link.id, link.kind, link_token_hash(link_token(key, link.id)), now,
                   now + link.lifetime, std::move(email_folded), true);
}

db::Statement enqueue_link_mail(const NewLink& link, Instant now) {
    static constexpr std::string_view insert = R"(
        INSERT INTO outbox (message_id, link_id, kind, next_attempt_at, created_at)
        SELECT $1, id, kind, $2, $2 FROM account_links WHERE id = $3)";
    return db::sql(insert, random_uuid(), now, link.id);
}

awaitable<Outcome> deliver_link(db::Database& db, Mailer& mailer, std::string message_id, Uuid link,
                                LinkSettings settings, Instant now) {
    using enum Outcome::Result;
    Outcome outcome;
    const std::optional<DueLink> due = co_await find_link(db, link, now);
    if (!due) {
        outcome.result = lead_gone;
        co_return outcome;
    }
    outcome.user_id = due->user_id;
    outcome.recipients = {due->email};
    const std::string token = link_token(settings.key, link);
    if (settings.public_base_url.empty() || link_token_hash(token) != due->token_hash) {
        // It would lead nowhere.
        outcome.result = permanent_failure;
        outcome.error = settings.public_base_url.empty()
                            ? "PUBLIC_BASE_URL is unset: the mail has no address to link to"
                            : "SECRET_KEY is another one than when the link was made";
        co_return outcome;
    }
    const std::string url = url_of_link(settings.public_base_url, token);
    Mail mail = due->kind == LinkKind::invitation ? invitation_to(due->email, std::move(message_id), url)
                                                  : password_reset_to(due->email, std::move(message_id), url);
    co_await send_in(mailer, std::move(mail), outcome);
    co_return outcome;
}

}  // namespace alma::mail
