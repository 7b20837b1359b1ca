/// The same change to many leads.
#pragma once

#include "http/message.hpp"
#include "http/openapi.hpp"
#include "http/principal.hpp"
#include "leads/bulk.hpp"

namespace alma::leads {

class BulkApi {
public:
    BulkApi(db::Database& db, const Clock& clock) : db_(db), clock_(clock) {}

    awaitable<http::Response> set_status(http::Request& request, const http::Principal& caller);
    awaitable<http::Response> set_assignee(http::Request& request, const http::Principal& caller);

    static const http::Operation set_status_operation;
    static const http::Operation set_assignee_operation;
    static std::vector<http::Schema> schemas();  ///< BulkOutcome

private:
    db::Database& db_;
    const Clock& clock_;
};

}  // namespace alma::leads
