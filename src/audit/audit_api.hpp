/// GET /admin/audit/: the log, for admins.
#pragma once

#include "db/database.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"

namespace alma::audit {

class AuditApi {
public:
    explicit AuditApi(db::Database& db) : db_(db) {}

    awaitable<http::Response> list(http::Request& request);

    static const http::Operation list_operation;
    static std::vector<http::Schema> schemas();  ///< AuditEntry, TimelineEntry

private:
    db::Database& db_;
};

}  // namespace alma::audit
