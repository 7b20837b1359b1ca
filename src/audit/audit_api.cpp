#include "audit/audit_api.hpp"

#include "audit/entry_list.hpp"
#include "audit/log.hpp"
#include "http/page.hpp"

#include <boost/json/parse.hpp>

namespace alma::audit {
namespace {

namespace json = boost::json;

template <DescribedEnum E>
json::object choice_of() {
    json::array texts;
    for (const std::string_view text : enum_texts<E>())
        texts.emplace_back(text);
    return {{"type", "string"}, {"enum", std::move(texts)}};
}

json::object optional_text(std::string_view description) {
    return {{"type", json::array{"string", "null"}}, {"description", description}};
}

/// What both schemas have.
json::object common_properties() {
    json::object properties;
    properties["id"] = json::object{{"type", "integer"}, {"format", "int64"}};
    properties["action"] = choice_of<Action>();
    properties["actor_kind"] = choice_of<ActorKind>();
    properties["actor"] = optional_text("E-mail of the account that did it.");
    properties["user"] = optional_text("E-mail of the account that it is about.");
    properties["details"] = json::object{{"type", "object"}};
    properties["created_at"] =
        json::object{{"type", "string"}, {"examples", json::array{"2025-09-26T19:42:27.248539"}}};
    return properties;
}

}  // namespace

const http::Operation AuditApi::list_operation{
    .id = "list_audit_entries",
    .tag = "Audit",
    .summary = "List the audit log",
    .description =
        "The newest entries first. An entry appears within about a second, when it has got its place in the "
        "chain. The log says nothing of who a prospect is; `lead_uuid` stays when a lead is erased.",
    .query = http::page_fields,
    .answer_schema = "AuditEntry",
    .answers_array = true,
};

std::vector<http::Schema> AuditApi::schemas() {
    json::object logged = common_properties();
    logged["position"] = json::object{{"type", "integer"}, {"format", "int64"}};
    logged["hash"] =
        json::object{{"type", "string"}, {"description", "SHA-256 over the hash before and this entry."}};
    logged["lead_uuid"] = optional_text("The lead that it is about.");
    std::vector<http::Schema> schemas;
    schemas.push_back(
        http::object_schema("AuditEntry", "Something that was done, as admins see it.", std::move(logged)));
    schemas.push_back(
        http::object_schema("TimelineEntry", "Something that was done with a lead.", common_properties()));
    return schemas;
}

awaitable<http::Response> AuditApi::list(http::Request& request) {
    const http::Page page = co_await http::read_page(request);
    std::vector<LoggedEntry> entries = co_await sealed_entries(db_, page.before, page.limit + 1);
    co_return http::page_response(request, "/admin/audit/", page, std::move(entries), &LoggedEntry::position);
}

}  // namespace alma::audit
