#include "leads/search_index.hpp"

#include "base/error.hpp"
#include "leads/search_text.hpp"

#include <boost/describe/class.hpp>

#include <algorithm>
#include <chrono>

namespace alma::leads {
namespace {

// Indexed within the request of a search, a second's worth.
constexpr std::size_t most_for_a_search = 5000;

struct Waiting {
    std::int64_t id = 0;
    std::optional<std::string> first_name;  ///< absent: the lead was erased since
    std::optional<std::string> last_name;
    std::optional<std::string> email;
};
BOOST_DESCRIBE_STRUCT(Waiting, (), (id, first_name, last_name, email))

awaitable<std::vector<Waiting>> read_backlog(db::Database& db) {
    static constexpr std::string_view select = R"(
        SELECT lead_search_backlog.lead_id, leads.first_name, leads.last_name, leads.email
        FROM lead_search_backlog LEFT JOIN leads ON leads.id = lead_search_backlog.lead_id
        ORDER BY lead_search_backlog.lead_id LIMIT $1)";
    const db::Rows rows = co_await db.read(db::sql(select, index_batch));
    co_return rows.as<Waiting>();
}

/// Locks the lead, so that it is not erased in between. Of two who index the same lead the second one finds
/// it in the backlog no more.
void add_text(std::vector<db::Statement>& transaction, std::int64_t lead, std::string text) {
    static constexpr std::string_view insert = R"(
        INSERT INTO lead_search (lead_id, created_at, text)
        SELECT id, created_at, $2 FROM leads
        WHERE id = $1 AND EXISTS (SELECT 1 FROM lead_search_backlog WHERE lead_id = $1)
        /*postgresql FOR KEY SHARE OF leads*/)";
    // SQLite's index is written to by hand. To PostgreSQL, the end of this line is a comment.
    static constexpr std::string_view insert_in_index =
        "/*postgresql SELECT CAST($1 AS bigint) --*/ INSERT INTO lead_texts (rowid, text) "
        "SELECT lead_id, text FROM lead_search "
        "WHERE lead_id = $1 AND EXISTS (SELECT 1 FROM lead_search_backlog WHERE lead_id = $1)";
    transaction.push_back(db::sql(insert, lead, std::move(text)));
    transaction.push_back(db::sql(insert_in_index, lead));
}

}  // namespace

awaitable<std::size_t> index_backlog(db::Database& db) {
    static constexpr std::string_view take_turn =
        "SELECT 1 /*postgresql FROM pg_advisory_xact_lock(hashtextextended('alma-leads search', 0))*/";
    static constexpr std::string_view done = "DELETE FROM lead_search_backlog WHERE lead_id = $1";
    const std::vector<Waiting> backlog = co_await read_backlog(db);
    if (backlog.empty()) co_return 0;
    std::vector<db::Statement> transaction;
    transaction.push_back(db::sql(take_turn));
    for (const Waiting& lead : backlog) {
        if (lead.email)
            add_text(transaction, lead.id, search_text(*lead.first_name, *lead.last_name, *lead.email));
        transaction.push_back(db::sql(done, lead.id));
    }
    co_await db.write(std::move(transaction));
    co_return backlog.size();
}

awaitable<void> catch_up(db::Database& db) {
    static constexpr std::string_view count =
        "SELECT count(*) FROM (SELECT 1 FROM lead_search_backlog LIMIT $1) AS waiting";
    const db::Rows rows = co_await db.read(db::sql(count, most_for_a_search + 1));
    auto waiting = rows.front().get<std::size_t>(0);
    if (waiting > most_for_a_search)
        throw Error(ErrorKind::unavailable, "The search index is being built. Please try again in a minute.",
                    std::chrono::seconds(60));
    while (waiting > 0) {
        co_await index_backlog(db);
        waiting -= std::min(waiting, index_batch);
    }
}

db::Statement remove_from_index(Uuid lead) {
    static constexpr std::string_view remove =
        "/*postgresql SELECT CAST($1 AS uuid) --*/ DELETE FROM lead_texts WHERE rowid = "
        "(SELECT lead_id FROM lead_search JOIN leads ON leads.id = lead_id WHERE uuid = $1)";
    return db::sql(remove, lead);
}

}  // namespace alma::leads
