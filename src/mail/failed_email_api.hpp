/// GET, resend and DELETE of failed notifications, for admins.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"
#include "http/principal.hpp"
#include "mail/failed_email_store.hpp"
#include "mail/mailer.hpp"
#include "mail/outbox_delivery.hpp"

namespace alma::mail {

class FailedEmailApi {
public:
    FailedEmailApi(db::Database& db, Mailer& mailer, const Clock& clock, std::string public_base_url);

    awaitable<http::Response> list(http::Request& request);
    awaitable<http::Response> resend(http::Request& request);
    awaitable<http::Response> remove(http::Request& request);

    static const http::Operation list_operation;
    static const http::Operation resend_operation;
    static const http::Operation remove_operation;
    static std::vector<http::Schema> schemas();  ///< FailedEmail, Message

private:
    awaitable<Outcome> deliver_again(const Resend& claim);
    awaitable<void> give_back(std::int64_t id, Instant until);

    db::Database& db_;
    Mailer& mailer_;
    const Clock& clock_;
    std::string public_base_url_;
};

}  // namespace alma::mail
