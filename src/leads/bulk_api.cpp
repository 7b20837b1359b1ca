#include "leads/bulk_api.hpp"

#include "base/json.hpp"
#include "http/form.hpp"
#include "leads/assignment.hpp"
#include "leads/lead_form.hpp"
#include "leads/status_field.hpp"

#include <boost/json/parse.hpp>

namespace alma::leads {
namespace {

using http::InputField;

constexpr std::string_view tag = "Leads";
constexpr std::array encodings = {http::Encoding::json};
constexpr InputField uuids{.name = "uuids",
                           .kind = InputField::Kind::list,
                           .min_length = 1,
                           .max_length = max_bulk_leads,
                           .description = "The leads.",
                           .example = "550e8400-e29b-41d4-a716-446655440000"};
constexpr std::array status_fields = {uuids, status_field};
constexpr std::array assignee_fields = {
    uuids, InputField{.name = "assignee",
                      .kind = InputField::Kind::email,
                      .description = "E-mail of an active user; null for nobody.",
                      .example = "attorney@example.com",
                      .is_nullable = true}};
constexpr std::array assignee_failures = {http::Failure{400, no_such_assignee}};

http::Response answer(const std::vector<BulkOutcome>& outcomes) {
    return http::json_response(http::Status::ok, to_json(outcomes));
}

}  // namespace

const http::Operation BulkApi::set_status_operation{
    .id = "set_status_of_leads",
    .tag = tag,
    .summary = "Update the status of many leads",
    .description =
        "All in one transaction, with an outcome for each lead. A lead that has the status already is left "
        "alone.",
    .encodings = encodings,
    .body = status_fields,
    .answer_schema = "BulkOutcome",
    .answers_array = true,
};

const http::Operation BulkApi::set_assignee_operation{
    .id = "assign_leads",
    .tag = tag,
    .summary = "Assign many leads",
    .description = "All in one transaction, with an outcome for each lead, whoever had it before.",
    .encodings = encodings,
    .body = assignee_fields,
    .answer_schema = "BulkOutcome",
    .answers_array = true,
    .failures = assignee_failures,
};

std::vector<http::Schema> BulkApi::schemas() {
    static constexpr std::string_view outcome = R"({
        "type": "object",
        "required": ["uuid", "result"],
        "properties": {
            "uuid": {"type": "string", "description": "As it was sent."},
            "result": {"type": "string", "enum": ["CHANGED", "UNCHANGED", "NOT_FOUND"]}
        }
    })";
    std::vector<http::Schema> schemas;
    schemas.push_back({.name = "BulkOutcome", .schema = boost::json::parse(outcome).as_object()});
    return schemas;
}

awaitable<http::Response> BulkApi::set_status(http::Request& request, const http::Principal& caller) {
    const http::Form form = co_await http::read_form(request, status_fields);
    const LeadStatus status = status_in(form);
    co_return answer(
        co_await set_status_of(db_, form.list("uuids"), status, audit::by(caller), clock_.now()));
}

awaitable<http::Response> BulkApi::set_assignee(http::Request& request, const http::Principal& caller) {
    const http::Form form = co_await http::read_form(request, assignee_fields);
    std::optional<std::int64_t> assignee;
    if (!form["assignee"].empty()) assignee = co_await find_assignee(db_, form["assignee"]);
    co_return answer(
        co_await set_assignee_of(db_, form.list("uuids"), assignee, audit::by(caller), clock_.now()));
}

}  // namespace alma::leads
