/// What lists of leads may be asked for, and the leads as a stream.
#pragma once

#include "db/database.hpp"
#include "http/message.hpp"
#include "http/operation.hpp"
#include "http/principal.hpp"
#include "leads/lead_page.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alma::leads {

/// A cursor as clients see it: microseconds since 1970 and id of the last lead of a page, eight bytes each,
/// big-endian, as base64url.
std::string to_cursor(const LeadPosition& position);
/// The inverse; nothing for all that to_cursor has not made.
std::optional<LeadPosition> parse_cursor(std::string_view cursor);

/// The query of GET /leads/.
struct LeadListQuery {
    LeadFilter filter;     ///< without the assignee
    std::string assignee;  ///< "me", "none" or an e-mail; empty: any. See find_assignee_filter.
    LeadOrder order = LeadOrder::oldest_first;
    LeadView view = LeadView::lead;
    std::optional<std::size_t> limit{};   ///< 1 to 200; nothing: all leads
    std::optional<LeadPosition> after{};  ///< of the cursor
};

extern const std::span<const http::InputField> lead_list_fields;
/// Those of GET /leads/export: all but pages and views.
extern const std::span<const http::InputField> lead_export_fields;

/// @param fields lead_list_fields or lead_export_fields
/// @throws Error{unprocessable} naming every parameter that is not valid
awaitable<LeadListQuery> read_lead_list_query(http::Request& request,
                                              std::span<const http::InputField> fields);

/// What the query's `assignee` means for this caller.
/// @throws Error{unprocessable} when nobody has that e-mail
awaitable<std::optional<OfAssignee>> find_assignee_filter(db::Database& db, std::string assignee,
                                                          std::int64_t caller);

/// The URL of the page after `last`.
std::string next_page_url(std::string_view base_url, const LeadListQuery& query, const LeadPosition& last);

/// All leads of a query, in batches: of any length in the same memory.
class LeadStream {
public:
    static constexpr std::size_t batch_leads = 500;

    LeadStream(db::Database& db, LeadPageQuery query);

    /// @return the next leads; none at the end. What it throws may be tried again: it goes on where it was.
    awaitable<std::vector<ListedLead>> next();

private:
    awaitable<std::vector<ListedLead>> next_stored();

    db::Database& db_;
    LeadPageQuery query_;
    bool is_everything_;  ///< the list without parameters
    std::int64_t last_stored_ = 0;
    bool is_complete_ = false;
};

/// Leads as the text of a body, read batch by batch while the client takes it.
class LeadStreamBody : public http::BodySource {
public:
    /// Reads the first batch, so that its failure can still become an error's answer.
    awaitable<void> fetch();
    awaitable<std::string_view> next() override;

protected:
    explicit LeadStreamBody(LeadStream leads) : leads_(std::move(leads)) {}

private:
    virtual void write(std::string& out, const ListedLead& lead) = 0;
    virtual void finish(std::string& out) = 0;  ///< after the last lead

    LeadStream leads_;
    std::string text_;
    bool is_fetched_ = false;
    bool is_complete_ = false;
};

/// One JSON array.
class LeadListBody final : public LeadStreamBody {
public:
    LeadListBody(db::Database& db, LeadPageQuery query, std::string base_url);

private:
    void write(std::string& out, const ListedLead& lead) override;
    void finish(std::string& out) override;

    LeadView view_;
    std::string base_url_;
    bool is_first_ = true;
};

/// Appends a lead as the list shows it.
void write_listed(std::string& out, const ListedLead& lead, LeadView view, std::string_view base_url);

}  // namespace alma::leads
