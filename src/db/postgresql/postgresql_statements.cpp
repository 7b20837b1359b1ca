#include "db/postgresql/postgresql_statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace alma::db {
namespace {

// Statements are literals, so there are only as many as the source has.
constexpr std::size_t most_prepared = 1024;

constexpr std::string_view comment_begin = "/*postgresql ";
constexpr std::string_view comment_end = "*/";

/// Quoted by the server's refusal to read it as a number, in whatever language that speaks.
constexpr std::string_view missing_row = "alma-leads: no row";

}  // namespace

std::string in_postgresql(std::string_view sql) {
    std::string text;
    while (true) {
        const std::size_t begin = sql.find(comment_begin);
        text += sql.substr(0, begin);
        if (begin == std::string_view::npos) return text;
        sql.remove_prefix(begin + comment_begin.size());
        const std::size_t end = sql.find(comment_end);
        text += sql.substr(0, end);
        sql.remove_prefix(std::min(sql.size(), end + comment_end.size()));
    }
}

std::string requiring_row(std::string_view sql) {
    // A WITH that changes data runs to its end and once, whatever the query around it reads. The number is
    // compared, so that no planner can leave it out; the join keeps it although `required` may be empty.
    return fmt::format(R"(WITH required AS ({}
), found AS (
    SELECT CAST(CASE WHEN count(*) = 0 THEN '{}' ELSE '1' END AS integer) AS is_there FROM required
)
SELECT required.* FROM found LEFT JOIN required ON true WHERE found.is_there = 1)",
                       in_postgresql(sql), missing_row);
}

bool is_missing_row(std::string_view message) {
    return message.contains(missing_row);
}

std::size_t placeholders_in(std::string_view sql) {
    std::size_t highest = 0;
    for (std::size_t at = sql.find('$'); at != std::string_view::npos; at = sql.find('$', at + 1)) {
        std::size_t number = 0;
        std::from_chars(sql.data() + at + 1, sql.data() + sql.size(), number);
        highest = std::max(highest, number);
    }
    return highest;
}

PostgresqlStatements::Entry& PostgresqlStatements::of(const Statement& statement) {
    const Key key{statement.sql.data(), statement.sql.size(), statement.must_return_row};
    const auto known = entries_.find(key);
    if (known != entries_.end()) return *known->second;
    if (entries_.size() >= most_prepared) throw std::logic_error("statements must be literals");
    auto entry = std::make_unique<Entry>();
    entry->name = fmt::format("alma_{}", entries_.size() + 1);
    entry->text = statement.must_return_row ? requiring_row(statement.sql) : in_postgresql(statement.sql);
    entry->values = placeholders_in(statement.sql);
    return *entries_.emplace(key, std::move(entry)).first->second;
}

}  // namespace alma::db
