/// GET /leads/{lead_uuid}/timeline: what happened to a lead.
#pragma once

#include "db/database.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"

namespace alma::leads {

class TimelineApi {
public:
    explicit TimelineApi(db::Database& db) : db_(db) {}

    awaitable<http::Response> list(http::Request& request);

    static const http::Operation list_operation;

private:
    db::Database& db_;
};

}  // namespace alma::leads
