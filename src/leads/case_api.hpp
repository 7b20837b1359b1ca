/// What the staff does with one lead, beyond what the reference knows.
#pragma once

#include "http/message.hpp"
#include "http/openapi.hpp"
#include "http/principal.hpp"
#include "leads/assignment.hpp"
#include "leads/eraser.hpp"
#include "leads/lead_details.hpp"

namespace alma::leads {

class CaseApi {
public:
    CaseApi(db::Database& db, Eraser& eraser, const Clock& clock) : db_(db), eraser_(eraser), clock_(clock) {}

    awaitable<http::Response> details(http::Request& request);
    awaitable<http::Response> duplicates(http::Request& request);
    awaitable<http::Response> set_assignee(http::Request& request, const http::Principal& caller);
    /// 409 when it is somebody else's: of any number of callers exactly one gets it.
    awaitable<http::Response> claim(http::Request& request, const http::Principal& caller);
    awaitable<http::Response> erase(http::Request& request, const http::Principal& caller);

    static const http::Operation details_operation;
    static const http::Operation duplicates_operation;
    static const http::Operation set_assignee_operation;
    static const http::Operation claim_operation;
    static const http::Operation erase_operation;
    static std::vector<http::Schema> schemas();  ///< LeadDetails, PossibleDuplicate, ErasureReceipt

private:
    awaitable<void> write_assignment(Uuid lead, Assignment assignment, const http::Principal& caller);

    db::Database& db_;
    Eraser& eraser_;
    const Clock& clock_;
};

}  // namespace alma::leads
