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
    std::optional<std::string> assignee;  ///< e-mail of whose case it is
    std::int64_t notes_count = 0;
    std::int64_t version = 0;  ///< one more with each change of the lead, its assignee or its notes
    std::string resume_name;
    std::string resume_type;
    std::int64_t resume_size = 0;  ///< bytes
};

awaitable<std::optional<LeadDetails>> find_details(db::Database& db, Uuid uuid);

/// 200 with the lead as the API shows it and these further keys, and the ETag.
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
