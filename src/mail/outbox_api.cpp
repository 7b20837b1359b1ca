#include "mail/outbox_api.hpp"

#include "http/page.hpp"
#include "mail/outbox_store.hpp"

#include <boost/json/parse.hpp>

namespace alma::mail {

const http::Operation OutboxApi::list_operation{
    .id = "list_waiting_mails",
    .tag = "Failed emails",
    .summary = "List mails that wait to be sent",
    .description =
        "Mails of the outbox, the newest first: those that are about to be sent, and those that the mail "
        "server did "
        "not take yet, with its words in `last_error` and the time of the next try. A notification that no "
        "try "
        "could deliver becomes a failed email.",
    .query = http::page_fields,
    .answer_schema = "WaitingMail",
    .answers_array = true,
};

std::vector<http::Schema> OutboxApi::schemas() {
    static constexpr std::string_view mail = R"({
        "type": "object",
        "required": ["id", "kind", "lead_uuid", "lead_name", "attempts", "next_attempt_at", "last_error", "created_at"],
        "properties": {
            "id": {"type": "integer", "format": "int64"},
            "kind": {"type": "string", "enum": ["CONFIRMATION", "NOTIFICATION", "INVITATION", "PASSWORD_RESET"],
                     "description": "To the prospect, to the attorneys, or with a link to a user."},
            "lead_uuid": {"type": ["string", "null"], "format": "uuid"},
            "lead_name": {"type": ["string", "null"], "examples": ["John Doe"]},
            "attempts": {"type": "integer", "description": "Tries so far, with one that is under way."},
            "next_attempt_at": {"type": "string", "examples": ["2025-09-26T14:09:27.248539"]},
            "last_error": {"type": ["string", "null"], "examples": ["451 4.7.1 Greylisted, try again later"]},
            "created_at": {"type": "string", "examples": ["2025-09-26T14:09:27.248539"]}
        }
    })";
    std::vector<http::Schema> schemas;
    schemas.push_back({.name = "WaitingMail", .schema = boost::json::parse(mail).as_object()});
    return schemas;
}

awaitable<http::Response> OutboxApi::list(http::Request& request) {
    const http::Page page = co_await http::read_page(request);
    std::vector<WaitingMail> mails = co_await waiting_mails(db_, page.before, page.limit + 1);
    co_return http::page_response(request, "/admin/outbox/", page, std::move(mails), &WaitingMail::id);
}

}  // namespace alma::mail
