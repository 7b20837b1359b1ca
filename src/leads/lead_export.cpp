#include "leads/lead_export.hpp"

#include "base/csv.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace alma::leads {
namespace {

constexpr std::string_view names =
    "uuid,first_name,last_name,email,status,assignee,created_at,updated_at,notes_count,resume_name,resume_"
    "type,"
    "resume_size";

}  // namespace

LeadCsvBody::LeadCsvBody(db::Database& db, LeadPageQuery query)
    : LeadStreamBody(LeadStream(db, std::move(query))) {}

void LeadCsvBody::write_names_once(std::string& out) {
    if (has_names_) return;
    has_names_ = true;
    out.append(csv_byte_order_mark).append(names).append(csv_line_end);
}

void LeadCsvBody::write(std::string& out, const ListedLead& listed) {
    write_names_once(out);
    const LeadDetails& details = listed.details;
    const Lead& lead = details.lead;
    append_text(out, lead.uuid);
    for (const std::string_view cell : {std::string_view(lead.first_name), std::string_view(lead.last_name),
                                        std::string_view(lead.email), to_text(lead.status)}) {
        out += ',';
        write_csv_cell(out, cell);
    }
    out += ',';
    if (details.assignee) write_csv_cell(out, *details.assignee);
    out += ',';
    append_text(out, lead.created_at);
    out += ',';
    append_text(out, lead.updated_at);
    out += fmt::format(",{},", details.notes_count);
    write_csv_cell(out, details.resume_name);
    out += ',';
    write_csv_cell(out, details.resume_type);
    out += fmt::format(",{}", details.resume_size);
    out += csv_line_end;
}

void LeadCsvBody::finish(std::string& out) {
    write_names_once(out);
}

std::string export_details(const LeadListQuery& query, const std::optional<OfAssignee>& assignee) {
    const LeadFilter& filter = query.filter;
    boost::json::object details;
    if (filter.status) details["status"] = to_text(*filter.status);
    if (assignee && assignee->user) details["assignee"] = *assignee->user;
    if (assignee && !assignee->user) details["assignee"] = nullptr;
    if (filter.created_from) details["created_from"] = to_text(*filter.created_from);
    if (filter.created_before) details["created_before"] = to_text(*filter.created_before);
    if (!filter.text.empty()) details["has_text"] = true;
    return boost::json::serialize(details);
}

}  // namespace alma::leads
