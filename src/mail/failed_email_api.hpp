/// GET, resend and DELETE of failed notifications, for admins.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"
#include "mail/resender.hpp"

namespace alma::mail {

class FailedEmailApi {
public:
    FailedEmailApi(db::Database& db, Resender& resender, const Clock& clock)
        : db_(db), resender_(resender), clock_(clock) {}

    awaitable<http::Response> list(http::Request& request);
    awaitable<http::Response> resend(http::Request& request);
    awaitable<http::Response> remove(http::Request& request);

    static const http::Operation list_operation;
    static const http::Operation resend_operation;
    static const http::Operation remove_operation;
    static std::vector<http::Schema> schemas();  ///< FailedEmail, Message

private:
    db::Database& db_;
    Resender& resender_;
    const Clock& clock_;
};

}  // namespace alma::mail
