/// Resending and deleting many failed notifications at once, for admins.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"
#include "mail/resender.hpp"

#include <chrono>
#include <vector>

namespace alma::mail {

class FailedEmailBulkApi {
public:
    /// @param longest after which no further resend is begun: the one under way may take as long as a mailer
    /// may
    FailedEmailBulkApi(db::Database& db, Resender& resender, const Clock& clock,
                       std::chrono::milliseconds longest = std::chrono::seconds(20))
        : db_(db), resender_(resender), clock_(clock), longest_(longest) {}

    awaitable<http::Response> resend(http::Request& request);
    awaitable<http::Response> remove(http::Request& request);

    static const http::Operation resend_operation;
    static const http::Operation remove_operation;
    static std::vector<http::Schema> schemas();  ///< FailedEmailOutcome

private:
    db::Database& db_;
    Resender& resender_;
    const Clock& clock_;
    std::chrono::milliseconds longest_;
};

}  // namespace alma::mail
