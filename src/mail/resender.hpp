/// Sending failed notifications again, as an admin asks for it.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "mail/failed_email_store.hpp"
#include "mail/mailer.hpp"
#include "mail/outbox_delivery.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace alma::mail {

/// May be used from every event loop at once.
class Resender {
public:
    Resender(db::Database& db, Mailer& mailer, const Clock& clock, std::string public_base_url);

    /// Sends it to the attorneys who are active now, or, when others have it already, to those it is still
    /// owed to. Takes as long as the mailer does.
    /// @return nothing when the mail server took it for all of them, and the row is gone; else why not, in
    /// its words: the row
    ///         is kept for those whom it was refused for
    /// @throws Error{not_found|invalid} no such row, or a resend of it is under way
    awaitable<std::optional<std::string>> resend(std::int64_t id);

private:
    awaitable<Outcome> deliver_again(const Resend& claim);
    awaitable<void> give_back(std::int64_t id, Instant until);

    db::Database& db_;
    Mailer& mailer_;
    const Clock& clock_;
    std::string public_base_url_;
};

}  // namespace alma::mail
