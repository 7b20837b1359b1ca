/// The SQL of lists: which leads, in which order, from where on, and how many there are.
#pragma once

#include "db/database.hpp"
#include "leads/lead_details.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace alma::leads {

/// Whose cases.
struct OfAssignee {
    std::optional<std::int64_t> user{};  ///< users.id; nothing: nobody's
};

struct LeadFilter {
    std::optional<LeadStatus> status{};
    std::optional<OfAssignee> assignee{};
    std::optional<Instant> created_from{};
    std::optional<Instant> created_before{};
    std::string text{};  ///< to look for in names and e-mail, see search_text.hpp

    [[nodiscard]] bool has_dates() const { return created_from || created_before; }
    [[nodiscard]] bool is_everything() const { return !status && !assignee && !has_dates() && text.empty(); }
};

enum class LeadOrder { oldest_first, newest_first };

/// A lead's place in both orders: ids tell leads apart that came in the same microsecond.
struct LeadPosition {
    Instant created_at;
    std::int64_t id = 0;
};

/// How much of a lead is read.
enum class LeadView { lead, details };

struct ListedLead {
    std::int64_t id = 0;
    LeadDetails details;  ///< in LeadView::lead, only LeadDetails::lead

    [[nodiscard]] LeadPosition position() const { return {.created_at = details.lead.created_at, .id = id}; }
};

struct LeadPageQuery {
    LeadFilter filter{};
    LeadOrder order = LeadOrder::oldest_first;
    std::optional<LeadPosition> after{};  ///< of the last lead of the page before; nothing: from the start
    std::size_t limit = 50;
    LeadView view = LeadView::lead;
    bool wants_total = false;  ///< of a first page
};

struct LeadPage {
    std::vector<ListedLead> leads{};
    bool has_next = false;
    /// How many leads the filter means, where that was wanted and is cheap to tell: always without text and
    /// dates, with dates up to most_counted, with a text unless it is frequent among more than searched_near
    /// leads.
    std::optional<std::int64_t> total{};
};

constexpr std::int64_t most_counted = 10'000;
/// A search looks through so many leads one by one before it asks the index; for large pages, through more.
constexpr std::size_t searched_near = 4'000;
constexpr std::size_t searched_near_per_shown = 40;

/// By key, so that a page costs the same wherever it is, and no lead that is there throughout is skipped or
/// shown twice, whatever is written meanwhile.
/// @throws Error{unavailable} for a search while its index is being built
awaitable<LeadPage> find_page(db::Database& db, LeadPageQuery query);

/// All leads as they came into this database, for the list without parameters. @param after an id; 0: from
/// the start
awaitable<std::vector<ListedLead>> list_stored(db::Database& db, std::int64_t after, std::size_t limit);

}  // namespace alma::leads
