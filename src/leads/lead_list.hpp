/// The answer of GET /leads/: what was asked for, and the leads as a stream.
#pragma once

#include "db/database.hpp"
#include "http/message.hpp"
#include "http/operation.hpp"
#include "leads/lead_store.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace alma::leads {

/// A cursor as clients see it: the id of the last lead of a page in eight bytes, big-endian, as base64url.
std::string to_cursor(std::int64_t id);
/// The inverse; nothing for all that to_cursor has not made.
std::optional<std::int64_t> parse_cursor(std::string_view cursor);

/// What GET /leads/ may be asked for.
struct LeadListQuery {
    LeadFilter filter;
    std::optional<std::size_t> limit;   ///< 1 to 200; nothing: all leads
    std::optional<std::int64_t> after;  ///< of the cursor
};

extern const std::span<const http::InputField> lead_list_fields;

/// @throws Error{unprocessable} naming a parameter that is not valid
awaitable<LeadListQuery> read_lead_list_query(http::Request& request);

/// The URL of the page after `last_id`.
std::string next_page_url(std::string_view base_url, const LeadListQuery& query, std::int64_t last_id);

/// All leads of a filter as one JSON array, read page by page while the client takes it: of any length in the
/// same memory.
class LeadListBody final : public http::BodySource {
public:
    static constexpr std::size_t page_leads = 500;

    LeadListBody(db::Database& db, LeadFilter filter, std::optional<std::int64_t> after,
                 std::string base_url);

    /// Reads the next page ahead, so that a failure of the first one can still become an error's answer.
    awaitable<void> fetch();
    awaitable<std::string_view> next() override;

private:
    db::Database& db_;
    LeadFilter filter_;
    std::optional<std::int64_t> after_;
    std::string base_url_;
    std::string text_;
    bool is_first_ = true;
    bool is_fetched_ = false;
    bool is_complete_ = false;
};

}  // namespace alma::leads
