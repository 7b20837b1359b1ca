// What the OpenAPI document says of the endpoints under /leads.
#include "http/route.hpp"
#include "leads/lead_api.hpp"
#include "leads/lead_details.hpp"
#include "leads/lead_form.hpp"
#include "leads/lead_list.hpp"
#include "leads/lead_request.hpp"
#include "leads/status_field.hpp"

#include <boost/json/parse.hpp>

namespace alma::leads {
namespace {

using http::Encoding;
using http::Failure;

constexpr std::string_view tag = "Leads";

constexpr std::array create_encodings = {Encoding::multipart};
constexpr std::array create_failures = {
    Failure{400, email_refused},          Failure{400, file_missing},
    Failure{400, file_type_refused},      Failure{400, file_name_refused},
    Failure{413, file_too_large},         Failure{429, "Too many requests. Please try again later."},
    Failure{400, submission_key_refused},
};

constexpr std::array get_failures = {lead_not_found};

constexpr std::array set_status_failures = {lead_not_found, lead_has_changed};
constexpr std::array set_status_encodings = {Encoding::json, Encoding::urlencoded};
constexpr std::array set_status_fields = {status_field};

constexpr std::array download_failures = {
    lead_not_found,
    Failure{416, "Requested range not satisfiable"},
};

constexpr std::string_view lead_schema = R"({
    "type": "object",
    "description": "A prospect's application.",
    "required": ["uuid", "first_name", "last_name", "email", "resume_download_url", "status", "created_at", "updated_at"],
    "properties": {
        "uuid": {"type": "string", "format": "uuid", "example": "550e8400-e29b-41d4-a716-446655440000"},
        "first_name": {"type": "string", "minLength": 1, "maxLength": 200, "example": "John"},
        "last_name": {"type": "string", "minLength": 1, "maxLength": 200, "example": "Doe"},
        "email": {"type": "string", "maxLength": 254, "example": "john@example.com"},
        "resume_download_url": {"type": "string", "format": "uri",
            "example": "http://localhost:8000/leads/550e8400-e29b-41d4-a716-446655440000/resume"},
        "status": {"type": "string", "enum": ["PENDING", "REACHED_OUT"]},
        "created_at": {"type": "string", "description": "UTC, without a zone", "example": "2025-09-26T19:42:27.248539"},
        "updated_at": {"type": "string", "description": "UTC, without a zone", "example": "2025-09-26T19:42:27.248544"}
    }
})";

}  // namespace

const http::Operation LeadApi::create_operation{
    .id = "submit_lead",
    .tag = tag,
    .summary = "Submit a lead application",
    .description =
        "Stores the application with its resume and mails a confirmation to the prospect and a notification "
        "to the attorneys. The three texts may also come as query parameters. With an Idempotency-Key "
        "header, "
        "a submission that is sent again within 24 hours is answered as the first one was, and stored once.",
    .encodings = create_encodings,
    .body = lead_form_fields,
    .answer_schema = "Lead",
    .failures = create_failures,
};

const http::Operation LeadApi::list_operation{
    .id = "list_leads",
    .tag = tag,
    .summary = "List leads",
    .description =
        "All leads, oldest first, as one array. With `limit` they come in pages: the `Link` header has the "
        "URL of the next one; the first one has the number of all in `X-Total-Count`, unless a search has so "
        "many that counting would take long. With `view=details` each element is a `LeadDetails`.",
    .query = lead_list_fields,
    .answer_schema = "Lead",
    .answers_array = true,
};

const http::Operation LeadApi::export_operation{
    .id = "export_leads",
    .tag = tag,
    .summary = "Export leads as CSV",
    .description =
        "All leads of the filter (RFC 4180, UTF-8 with a byte order mark). A cell that would be a formula to "
        "a "
        "spreadsheet has an apostrophe before it.",
    .query = lead_export_fields,
    .answer_type = "text/csv",
};

const http::Operation LeadApi::get_operation{
    .id = "get_lead",
    .tag = tag,
    .summary = "Get a lead",
    .answer_schema = "Lead",
    .failures = get_failures,
};

const http::Operation LeadApi::set_status_operation{
    .id = "set_lead_status",
    .tag = tag,
    .summary = "Update a lead's status",
    .description =
        "Setting the status that the lead has already is no error. With `If-Match` (the `ETag` of the "
        "details) "
        "it is refused when the lead was changed meanwhile.",
    .encodings = set_status_encodings,
    .body = set_status_fields,
    .answer_schema = "Lead",
    .failures = set_status_failures,
};

const http::Operation LeadApi::download_resume_operation{
    .id = "download_resume",
    .tag = tag,
    .summary = "Download a lead's resume",
    .description = "The file as it was uploaded, under its own name. One byte range may be asked for.",
    .answer_type = "application/octet-stream",
    .failures = download_failures,
};

std::vector<http::Schema> LeadApi::schemas() {
    std::vector<http::Schema> schemas;
    schemas.push_back({.name = "Lead", .schema = boost::json::parse(lead_schema).as_object()});
    return schemas;
}

}  // namespace alma::leads
