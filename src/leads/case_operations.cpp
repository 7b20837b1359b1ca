// What the OpenAPI document says of the endpoints of CaseApi.
#include "leads/case_api.hpp"

#include <boost/json/parse.hpp>

namespace alma::leads {
namespace {

using http::Encoding;
using http::Failure;
using http::InputField;

constexpr std::string_view tag = "Leads";

constexpr std::array read_failures = {lead_not_found};
constexpr std::array change_failures = {lead_not_found, lead_has_changed};
constexpr std::array assign_failures = {Failure{400, no_such_assignee}, lead_not_found, lead_has_changed};
constexpr std::array claim_failures = {
    lead_not_found, Failure{409, "The lead is already assigned to ann@example.com"}, lead_has_changed};

constexpr std::array encodings = {Encoding::json};
constexpr std::array assignee_fields = {
    InputField{.name = "assignee",
               .kind = InputField::Kind::email,
               .description = "E-mail of an active user; null for nobody.",
               .example = "attorney@example.com",
               .is_nullable = true}};

constexpr std::string_view schemas_text = R"({
    "LeadDetails": {
        "description": "A lead with what the staff keeps about it.",
        "allOf": [{"$ref": "#/components/schemas/Lead"}, {
            "type": "object",
            "required": ["assignee", "notes_count", "version", "resume_name", "resume_type", "resume_size"],
            "properties": {
                "assignee": {"type": ["string", "null"], "description": "E-mail of whose case it is."},
                "notes_count": {"type": "integer"},
                "version": {"type": "integer", "description": "The ETag without its quotes."},
                "resume_name": {"type": "string"},
                "resume_type": {"type": "string", "examples": ["application/pdf"]},
                "resume_size": {"type": "integer", "description": "Bytes."}}}]},
    "PossibleDuplicate": {
        "allOf": [{"$ref": "#/components/schemas/Lead"}, {
            "type": "object",
            "required": ["matches"],
            "properties": {
                "matches": {"type": "array", "items": {"type": "string", "enum": ["EMAIL", "NAME"]}}}}]},
    "ErasureReceipt": {
        "type": "object",
        "required": ["uuid", "audit_id", "resume", "erased"],
        "properties": {
            "uuid": {"type": "string", "format": "uuid"},
            "audit_id": {"type": "integer", "description": "Of the entry in the audit log."},
            "resume": {"type": "string", "enum": ["REMOVED", "QUEUED", "ELSEWHERE"],
                "description": "QUEUED: the store did not answer, and the resume goes within the hour. ELSEWHERE: it lies in the bucket of the original service."},
            "erased": {
                "type": "object",
                "required": ["status", "notes", "queued_mails", "failed_mails"],
                "properties": {
                    "status": {"type": "string"},
                    "notes": {"type": "integer"},
                    "queued_mails": {"type": "integer"},
                    "failed_mails": {"type": "integer"}}}}}
})";

}  // namespace

const http::Operation CaseApi::details_operation{
    .id = "get_lead_details",
    .tag = tag,
    .summary = "Get a lead with what the staff keeps about it",
    .description =
        "The lead with its assignee, the number of its notes, and its version, which is its `ETag`.",
    .answer_schema = "LeadDetails",
    .failures = read_failures,
};

const http::Operation CaseApi::duplicates_operation{
    .id = "list_possible_duplicates",
    .tag = tag,
    .summary = "List possible duplicates of a lead",
    .description =
        "The newest leads, at most 50, with the same e-mail or the same names, without regard to the case of "
        "ASCII letters.",
    .answer_schema = "PossibleDuplicate",
    .answers_array = true,
    .failures = read_failures,
};

const http::Operation CaseApi::set_assignee_operation{
    .id = "assign_lead",
    .tag = tag,
    .summary = "Assign a lead",
    .description =
        "Whoever had it before. Assigning it to whom it is assigned already is no error. With `If-Match` "
        "(the `ETag` "
        "of the details) it is refused when the lead was changed meanwhile.",
    .encodings = encodings,
    .body = assignee_fields,
    .answer_schema = "LeadDetails",
    .failures = assign_failures,
};

const http::Operation CaseApi::claim_operation{
    .id = "claim_lead",
    .tag = tag,
    .summary = "Claim a lead",
    .description =
        "Assigns the lead to the caller if it is nobody's: of any number of callers exactly one gets it. "
        "Claiming "
        "it twice is no error.",
    .answer_schema = "LeadDetails",
    .failures = claim_failures,
};

const http::Operation CaseApi::erase_operation{
    .id = "erase_lead",
    .tag = tag,
    .summary = "Erase a lead",
    .description =
        "Removes the lead for good, with its notes, its resume, and its queued and failed mails. The audit "
        "log keeps "
        "who did that and when, and nothing that says who the prospect was.",
    .answer_schema = "ErasureReceipt",
    .failures = change_failures,
};

std::vector<http::Schema> CaseApi::schemas() {
    const boost::json::object all = boost::json::parse(schemas_text).as_object();
    std::vector<http::Schema> schemas;
    for (const std::string_view name : {"LeadDetails", "PossibleDuplicate", "ErasureReceipt"})
        schemas.push_back({.name = name, .schema = all.at(name).as_object()});
    return schemas;
}

}  // namespace alma::leads
