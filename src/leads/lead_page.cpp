#include "leads/lead_page.hpp"

#include "db/composed_statement.hpp"
#include "leads/search_index.hpp"
#include "leads/search_text.hpp"

#include <algorithm>
#include <chrono>

namespace alma::leads {
namespace {

using db::ComposedStatement;

constexpr std::string_view lead_columns = R"(
        leads.uuid, leads.first_name, leads.last_name, leads.email, leads.status, leads.created_at,
        leads.updated_at)";
constexpr std::size_t lead_column_count = 7;

// PostgreSQL has no year 0.
constexpr Instant earliest = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr Instant latest = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1) - Instant::duration(1);

struct Direction {
    std::string_view after;  ///< compares what comes later in the list with what comes before
    std::string_view up_to;
    std::string_view suffix;  ///< of ORDER BY
};

Direction direction_of(LeadOrder order) {
    if (order == LeadOrder::newest_first) return {.after = "<", .up_to = ">=", .suffix = " DESC"};
    return {.after = ">", .up_to = "<=", .suffix = ""};
}

/// The index that has what the filter asks for in the order of the list. SQLite is told which: it keeps no
/// statistics here, and must not guess.
std::string_view index_for(const LeadFilter& filter) {
    if (filter.assignee && filter.status) return "leads_by_assignee_and_status";
    if (filter.assignee) return "leads_by_assignee";
    return filter.status ? "leads_by_status" : "leads_by_age";
}

/// " AND status = $1 AND assignee_id = $2"
std::string conditions(ComposedStatement& statement, const LeadFilter& filter) {
    std::string text;
    if (filter.status) text += fmt::format(" AND leads.status = {}", statement.value(*filter.status));
    if (!filter.assignee) return text;
    if (!filter.assignee->user) return text + " AND leads.assignee_id IS NULL";
    return text + fmt::format(" AND leads.assignee_id = {}", statement.value(*filter.assignee->user));
}

/// What lies behind `after`, and between the dates. @param id the column's name
/// @param end the last one; nothing: to the end of the dates
std::string range(ComposedStatement& statement, const LeadPageQuery& query, std::string_view id,
                  std::optional<LeadPosition> end = std::nullopt) {
    const Instant from = query.filter.created_from.value_or(earliest);
    const Instant before = query.filter.created_before.value_or(latest);
    const bool is_newest_first = query.order == LeadOrder::newest_first;
    const Direction direction = direction_of(query.order);
    // Ids begin with 1: this is before the first lead of its microsecond.
    const LeadPosition start = query.after.value_or(LeadPosition{is_newest_first ? before : from, 0});
    const std::string behind = fmt::format("(created_at, {}) {} ({}, {})", id, direction.after,
                                           statement.value(start.created_at), statement.value(start.id));
    // Instead of the dates' bound, not beside it: of two, SQLite would read its index up to any one.
    if (end)
        return fmt::format("{} AND (created_at, {}) {} ({}, {})", behind, id, direction.up_to,
                           statement.value(end->created_at), statement.value(end->id));
    return is_newest_first ? fmt::format("{} AND created_at >= {}", behind, statement.value(from))
                           : fmt::format("{} AND created_at < {}", behind, statement.value(before));
}

/// Leads by the index of their filter. To PostgreSQL, the end of the first line is a comment.
std::string from_leads(ComposedStatement& statement, const LeadPageQuery& query,
                       std::optional<LeadPosition> end = std::nullopt) {
    return fmt::format("FROM leads /*postgresql --*/ INDEXED BY {}\n WHERE {}{}", index_for(query.filter),
                       range(statement, query, "id", end), conditions(statement, query.filter));
}

std::string contains(ComposedStatement& statement, const SearchPattern& pattern) {
    return fmt::format(R"( AND (SELECT text FROM lead_search WHERE lead_id = leads.id) LIKE {} ESCAPE '\')",
                       statement.value(pattern.like));
}

std::string in_order(const LeadPageQuery& query, std::string_view created_at, std::string_view id) {
    return fmt::format(" ORDER BY {0}{2}, {1}{2}", created_at, id, direction_of(query.order).suffix);
}

/// The leads whose ids `page` selects as id, with created_at and total.
db::Statement with_columns(ComposedStatement statement, const LeadPageQuery& query, std::string_view page) {
    statement.text = fmt::format(
        "SELECT {}, leads.id, page.total FROM ({}) AS page JOIN leads ON leads.id = page.id "
        "LEFT JOIN users ON users.id = leads.assignee_id{}",
        query.view == LeadView::details ? details_columns : lead_columns, page,
        in_order(query, "page.created_at", "page.id"));
    return std::move(statement).build();
}

/// One more than the page holds tells whether there is a next one.
std::string limit(ComposedStatement& statement, const LeadPageQuery& query) {
    return fmt::format(" LIMIT {}", statement.value(query.limit + 1));
}

db::Statement select_page(const LeadPageQuery& query) {
    ComposedStatement statement;
    const std::string page =
        fmt::format("SELECT id, created_at, 0 AS total {}{}{}", from_leads(statement, query),
                    in_order(query, "created_at", "id"), limit(statement, query));
    return with_columns(std::move(statement), query, page);
}

/// The lead behind those that are looked through one by one, if there are so many.
db::Statement select_end_of_near(const LeadPageQuery& query) {
    ComposedStatement statement;
    const std::size_t near = std::max(searched_near, searched_near_per_shown * query.limit);
    statement.text = fmt::format("SELECT created_at, id {}{} LIMIT 1 OFFSET {}", from_leads(statement, query),
                                 in_order(query, "created_at", "id"), statement.value(near));
    return std::move(statement).build();
}

/// Leads that hold the text, looked for one by one. @param end nothing: to the last one
db::Statement select_near(const LeadPageQuery& query, const SearchPattern& pattern,
                          std::optional<LeadPosition> end) {
    ComposedStatement statement;
    const std::string leads = from_leads(statement, query, end) + contains(statement, pattern);
    const std::string page = fmt::format("SELECT id, created_at, 0 AS total {}{}{}", leads,
                                         in_order(query, "created_at", "id"), limit(statement, query));
    return with_columns(std::move(statement), query, page);
}

/// The same through the index of texts, which has no order: all hits are looked at, and counted. On
/// PostgreSQL the index is that of an expression; on SQLite a table, which the end of a line names.
db::Statement select_by_text(const LeadPageQuery& query, const SearchPattern& pattern) {
    ComposedStatement statement;
    const std::string trigrams = statement.value(pattern.trigrams);
    std::string filter = conditions(statement, query.filter);
    if (!filter.empty())
        filter =
            fmt::format(" AND EXISTS (SELECT 1 FROM leads WHERE leads.id = lead_search.lead_id{})", filter);
    const std::string page = fmt::format(
        "SELECT lead_search.lead_id AS id, created_at, count(*) OVER () AS total\n"
        " FROM lead_search /*postgresql --*/ JOIN lead_texts({0}) AS hit ON hit.rowid = lead_search.lead_id\n"
        R"( WHERE /*postgresql lead_trigrams(text) @> string_to_array(btrim({0}, '"'), '" "') AND*/)"
        R"( lead_search.text LIKE {1} ESCAPE '\' AND {2}{3}{4}{5})",
        trigrams, statement.value(pattern.like), range(statement, query, "lead_search.lead_id"), filter,
        in_order(query, "created_at", "lead_search.lead_id"), limit(statement, query));
    return with_columns(std::move(statement), query, page);
}

/// Of all, by the counters that triggers keep.
db::Statement count_by_counters(const LeadFilter& filter) {
    ComposedStatement statement;
    statement.text = "SELECT CAST(coalesce(sum(leads), 0) AS bigint) FROM lead_counts WHERE 1 = 1";
    if (filter.status) statement.text += fmt::format(" AND status = {}", statement.value(*filter.status));
    if (filter.assignee)
        statement.text +=
            fmt::format(" AND assignee_id = {}", statement.value(filter.assignee->user.value_or(0)));
    return std::move(statement).build();
}

db::Statement count_between_dates(const LeadPageQuery& query) {
    ComposedStatement statement;
    const std::string leads = from_leads(statement, query);
    statement.text = fmt::format("SELECT count(*) FROM (SELECT 1 {} LIMIT {}) AS counted", leads,
                                 statement.value(most_counted + 1));
    return std::move(statement).build();
}

db::Statement count_near(const LeadPageQuery& query, const SearchPattern& pattern) {
    ComposedStatement statement;
    const std::string leads = from_leads(statement, query);
    statement.text = fmt::format("SELECT count(*) {}{}", leads, contains(statement, pattern));
    return std::move(statement).build();
}

awaitable<std::int64_t> count(db::Database& db, db::Statement statement) {
    const db::Rows rows = co_await db.search(std::move(statement));
    co_return rows.front().get<std::int64_t>(0);
}

ListedLead read_listed(db::Row row, LeadView view) {
    if (view == LeadView::details)
        return {.id = row.get<std::int64_t>(details_column_count), .details = read_details(row)};
    return {.id = row.get<std::int64_t>(lead_column_count),
            .details = {.lead = db::Row(&row[0], lead_column_count).as<Lead>()}};
}

struct FoundPage {
    LeadPage page;
    std::int64_t counted = 0;  ///< by select_by_text
};

awaitable<FoundPage> run(db::Database& db, db::Statement statement, std::size_t limit, LeadView view) {
    const db::Rows rows = co_await db.search(std::move(statement));
    FoundPage found{.page = {.has_next = rows.size() > limit}};
    const std::size_t shown = std::min(rows.size(), limit);
    found.page.leads.reserve(shown);
    for (std::size_t i = 0; i < shown; ++i)
        found.page.leads.push_back(read_listed(rows[i], view));
    if (!rows.empty()) found.counted = rows.front().get<std::int64_t>(rows.front().columns() - 1);
    co_return found;
}

awaitable<std::optional<std::int64_t>> count_without_text(db::Database& db, const LeadPageQuery& query) {
    if (!query.filter.has_dates()) co_return co_await count(db, count_by_counters(query.filter));
    const std::int64_t counted = co_await count(db, count_between_dates(query));
    if (counted > most_counted) co_return std::nullopt;
    co_return counted;
}

awaitable<std::optional<LeadPosition>> find_end_of_near(db::Database& db, const LeadPageQuery& query) {
    const db::Rows rows = co_await db.search(select_end_of_near(query));
    if (rows.empty()) co_return std::nullopt;
    co_return LeadPosition{.created_at = rows.front().get<Instant>(0),
                           .id = rows.front().get<std::int64_t>(1)};
}

/// A frequent text is soon found by looking at one lead after the other, and the index would have too many;
/// a rare one is the other way round. Nobody knows which it is: so first a few thousand leads, and when they
/// do not fill the page, the index.
awaitable<LeadPage> search_page(db::Database& db, const LeadPageQuery& query, const SearchPattern& pattern) {
    co_await catch_up(db);
    const std::optional<LeadPosition> end = co_await find_end_of_near(db, query);
    FoundPage near = co_await run(db, select_near(query, pattern, end), query.limit, query.view);
    if (near.page.has_next || !end) {
        const auto shown = static_cast<std::int64_t>(near.page.leads.size());
        if (query.wants_total && !end)
            near.page.total = near.page.has_next ? co_await count(db, count_near(query, pattern)) : shown;
        co_return std::move(near.page);
    }
    FoundPage found = co_await run(db, select_by_text(query, pattern), query.limit, query.view);
    if (query.wants_total) found.page.total = found.counted;
    co_return std::move(found.page);
}

}  // namespace

awaitable<LeadPage> find_page(db::Database& db, LeadPageQuery query) {
    if (const std::optional<SearchPattern> pattern = search_pattern(query.filter.text))
        co_return co_await search_page(db, query, *pattern);
    FoundPage found = co_await run(db, select_page(query), query.limit, query.view);
    if (query.wants_total) found.page.total = co_await count_without_text(db, query);
    co_return std::move(found.page);
}

awaitable<std::vector<ListedLead>> list_stored(db::Database& db, std::int64_t after, std::size_t limit) {
    static constexpr std::string_view select = R"(
        SELECT uuid, first_name, last_name, email, status, created_at, updated_at, id FROM leads
        WHERE id > $1 ORDER BY id LIMIT $2)";
    const db::Rows rows = co_await db.search(db::sql(select, after, limit));
    std::vector<ListedLead> leads;
    leads.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        leads.push_back(read_listed(rows[i], LeadView::lead));
    co_return leads;
}

}  // namespace alma::leads
