#include "leads/case_api.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "http/form.hpp"
#include "http/problem.hpp"
#include "leads/duplicates.hpp"
#include "leads/lead_json.hpp"
#include "leads/lead_store.hpp"

namespace alma::leads {
namespace {

http::Response claimed_by(const std::string& assignee) {
    return http::problem(http::Status::conflict, fmt::format("The lead is already assigned to {}", assignee));
}

void write_duplicate(std::string& out, const Lead& duplicate, const Lead& lead, std::string_view base_url) {
    write_lead(out, duplicate, base_url);
    out.pop_back();
    std::vector<std::string> matches;
    if (has_same_email(duplicate, lead)) matches.emplace_back("EMAIL");
    if (has_same_name(duplicate, lead)) matches.emplace_back("NAME");
    out += R"(,"matches":)";
    write_json(out, matches);
    out += '}';
}

}  // namespace

awaitable<http::Response> CaseApi::details(http::Request& request) {
    const LeadDetails details = found(co_await find_details(db_, lead_uuid(request)));
    co_return answer(details, request);
}

awaitable<http::Response> CaseApi::duplicates(http::Request& request) {
    const Lead lead = found(co_await find_lead(db_, lead_uuid(request)));
    std::string body = "[";
    for (const Lead& duplicate : co_await find_duplicates(db_, lead)) {
        if (body.size() > 1) body += ',';
        write_duplicate(body, duplicate, lead, request.base_url);
    }
    body += ']';
    co_return http::json_response(http::Status::ok, std::move(body));
}

awaitable<void> CaseApi::write_assignment(Uuid lead, Assignment assignment, const http::Principal& caller) {
    std::vector<db::Statement> transaction = assign(lead, assignment, audit::by(caller), clock_.now());
    co_await db_.write(std::move(transaction));
}

awaitable<http::Response> CaseApi::set_assignee(http::Request& request, const http::Principal& caller) {
    const Uuid uuid = lead_uuid(request);
    const http::Form form = co_await http::read_form(request, set_assignee_operation.body);
    const std::string& email = form["assignee"];
    Assignment assignment;
    if (!email.empty()) assignment.to = co_await find_assignee(db_, email);
    const Precondition condition = co_await check_if_match(db_, request, uuid);
    if (!condition.is_met) co_return precondition_failed();
    assignment.version = condition.version;
    co_await write_assignment(uuid, assignment, caller);

    // Nothing was changed when the lead had this assignee already: that is no error.
    const LeadDetails details = found(co_await find_details(db_, uuid));
    if (details.assignee.value_or("") != (assignment.to ? co_await email_of(db_, *assignment.to) : ""))
        co_return precondition_failed();
    co_return answer(details, request);
}

awaitable<http::Response> CaseApi::claim(http::Request& request, const http::Principal& caller) {
    const Uuid uuid = lead_uuid(request);
    const Precondition condition = co_await check_if_match(db_, request, uuid);
    if (!condition.is_met) co_return precondition_failed();
    const Assignment assignment{.to = caller.id, .only_if_free = true, .version = condition.version};
    co_await write_assignment(uuid, assignment, caller);

    const LeadDetails details = found(co_await find_details(db_, uuid));
    if (details.assignee == caller.email) co_return answer(details, request);
    if (details.assignee) co_return claimed_by(*details.assignee);
    co_return precondition_failed();
}

awaitable<http::Response> CaseApi::erase(http::Request& request, const http::Principal& caller) {
    const Uuid uuid = lead_uuid(request);
    const Precondition condition = co_await check_if_match(db_, request, uuid);
    if (!condition.is_met) co_return precondition_failed();
    const std::optional<Receipt> receipt = co_await eraser_.erase(uuid, audit::by(caller), condition.version);
    if (!receipt) co_return co_await refuse_change(db_, uuid);
    co_return http::json_response(
        http::Status::ok,
        fmt::format(R"({{"uuid":"{}","audit_id":{},"resume":"{}","erased":{}}})", to_text(uuid),
                    receipt->audit_id, to_text(receipt->resume), receipt->details));
}

}  // namespace alma::leads
