/// Links by which somebody proves to have an account's mailbox: single-use, for a while, in a mail alone.
#pragma once

#include "base/time.hpp"
#include "base/uuid.hpp"
#include "db/database.hpp"
#include "mail/outbox_delivery.hpp"

#include <boost/describe/enum.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace alma::mail {

enum class LinkKind { invitation, password_reset };
BOOST_DESCRIBE_ENUM(LinkKind, invitation, password_reset)

/// The secret in the link: HMAC-SHA256 of the link's id under a key of ours, in 43 characters of base64url.
/// So whoever sends the mail can make it, and nobody else who reads the tables, which have its hash.
std::string link_token(std::string_view key, const Uuid& link);

/// As account_links has it. @param token whatever somebody sent as one
std::string link_token_hash(std::string_view token);

struct NewLink {
    LinkKind kind{};
    std::chrono::seconds lifetime{};
    Uuid id = random_uuid();
};

/// A link for the active user of that address; nothing when there is none.
db::Statement insert_link(const NewLink& link, std::string_view key, std::string email_folded, Instant now);
/// Behind it: its mail, due at once; nothing when there is no such link.
db::Statement enqueue_link_mail(const NewLink& link, Instant now);

/// What a mail with a link is made of, besides its rows.
struct LinkSettings {
    std::string public_base_url;  ///< without a final slash; empty: no link can be mailed
    std::string key;              ///< of link_token()
};

/// Makes the mail from its rows as they are now, and sends it. Outcome::Result::lead_gone when the link is
/// over, or its user not active any more.
/// @throws only what the database throws
awaitable<Outcome> deliver_link(db::Database& db, Mailer& mailer, std::string message_id, Uuid link,
                                LinkSettings settings, Instant now);

}  // namespace alma::mail
