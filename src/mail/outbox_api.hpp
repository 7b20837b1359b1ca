/// GET /admin/outbox/: mails that wait to be sent, for admins.
#pragma once

#include "db/database.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"

#include <vector>

namespace alma::mail {

class OutboxApi {
public:
    explicit OutboxApi(db::Database& db) : db_(db) {}

    awaitable<http::Response> list(http::Request& request);

    static const http::Operation list_operation;
    static std::vector<http::Schema> schemas();  ///< WaitingMail

private:
    db::Database& db_;
};

}  // namespace alma::mail
