#include "leads/timeline_api.hpp"

#include "audit/entry_list.hpp"
#include "http/page.hpp"
#include "leads/lead_request.hpp"
#include "leads/lead_store.hpp"

namespace alma::leads {
namespace {

constexpr std::array failures = {lead_not_found};

}  // namespace

const http::Operation TimelineApi::list_operation{
    .id = "list_lead_timeline",
    .tag = "Leads",
    .summary = "What happened to a lead",
    .description =
        "The newest entries first: every change, and every time the resume was read, with who did it.",
    .query = http::page_fields,
    .answer_schema = "TimelineEntry",
    .answers_array = true,
    .failures = failures,
};

awaitable<http::Response> TimelineApi::list(http::Request& request) {
    const Uuid uuid = lead_uuid(request);
    const http::Page page = co_await http::read_page(request);
    found(co_await find_lead(db_, uuid));
    std::vector<audit::TimelineEntry> entries =
        co_await audit::timeline_of(db_, uuid, page.before, page.limit + 1);
    const std::string path = fmt::format("/leads/{}/timeline", to_text(uuid));
    co_return http::page_response(request, path, page, std::move(entries), &audit::TimelineEntry::id);
}

}  // namespace alma::leads
