/// A lead with what the staff keeps about it, and its version.
#pragma once

#include "db/database.hpp"
#include "http/message.hpp"
#include "leads/lead.hpp"
#include "leads/lead_request.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace alma::leads {

struct LeadDetails {
    Lead lead;
    std::optional<std::string> assignee{};  ///< e-mail of whose case it is
    std::int64_t notes_count = 0;
    std::int64_t version = 0;  ///< one more with each change of the lead, its assignee or its notes
    std::string resume_name{};
    std::string resume_type{};
    std::int64_t resume_size = 0;  ///< bytes
};

/// What a SELECT FROM leads LEFT JOIN users ON users.id = leads.assignee_id reads for read_details().
constexpr std::string_view details_columns = R"(
        leads.uuid, leads.first_name, leads.last_name, leads.email, leads.status, leads.created_at,
        leads.updated_at, users.email, (SELECT count(*) FROM lead_notes WHERE lead_id = leads.id),
        leads.version, leads.resume_name, leads.resume_type, leads.resume_size)";
constexpr std::size_t details_column_count = 13;
/// @param row which begins with details_columns
LeadDetails read_details(db::Row row);

awaitable<std::optional<LeadDetails>> find_details(db::Database& db, Uuid uuid);

/// Appends the lead as the API shows it, with these further keys.
void write_details(std::string& out, const LeadDetails& details, std::string_view base_url);

/// 200 with write_details(), and the ETag.
http::Response answer(const LeadDetails& details, const http::Request& request);

/// A version as clients name it: "\"7\"", with its quotes.
std::string etag_of(std::int64_t version);

/// What If-Match asks of a change.
struct Precondition {
    bool is_met = true;
    std::optional<std::int64_t> version{};  ///< that the lead must still have; nothing: any will do
};

/// @throws Error{not_found} when there is an If-Match, and no such lead
awaitable<Precondition> check_if_match(db::Database& db, const http::Request& request, Uuid uuid);

constexpr http::Failure lead_has_changed{412, "The lead was changed meanwhile"};
/// 412
http::Response precondition_failed();

/// What a change answers that found no row: the lead is gone, or has another version.
/// @throws Error{not_found}
awaitable<http::Response> refuse_change(db::Database& db, Uuid uuid);

}  // namespace alma::leads
