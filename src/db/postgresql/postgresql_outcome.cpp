#include "db/postgresql/postgresql_outcome.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "db/database.hpp"
#include "db/postgresql/postgresql_statements.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>
#include <string>

namespace alma::db {
namespace {

// Of a statement, in an error text.
constexpr std::size_t longest_quote = 200;

/// Of the types that our schema has, and those that its expressions make: src/include/catalog/pg_type.dat.
enum Type : Oid {
    type_bool = 16,
    type_bigint = 20,
    type_smallint = 21,
    type_integer = 23,
    type_text = 25,
    type_oid = 26,
    type_json = 114,
    type_unknown = 705,
    type_varchar = 1043,
    type_timestamp = 1114,
    type_void = 2278,
    type_uuid = 2950,
    type_jsonb = 3802,
};

void add_cell(Rows& rows, const PGresult* result, int row, int column) {
    if (PQgetisnull(result, row, column) != 0) return rows.add_null();
    const std::string_view text(PQgetvalue(result, row, column),
                                static_cast<std::size_t>(PQgetlength(result, row, column)));
    switch (PQftype(result, column)) {
        case type_bool:
            return rows.add(std::int64_t{text == "t"});
        case type_smallint:
        case type_integer:
        case type_bigint:
        case type_oid: {
            std::int64_t number = 0;
            std::from_chars(text.data(), text.data() + text.size(), number);
            return rows.add(number);
        }
        case type_text:
        case type_varchar:
        case type_unknown:
        case type_uuid:
        case type_timestamp:
        case type_json:
        case type_jsonb:
            return rows.add(text);
        case type_void:
            return rows.add_null();
        default:
            throw std::logic_error(
                fmt::format("column {} has a type that this program does not read (OID {})",
                            PQfname(result, column), PQftype(result, column)));
    }
}

std::string_view field(const PGresult* error, int code) {
    const char* text = PQresultErrorField(error, code);
    return text == nullptr ? std::string_view() : std::string_view(text);
}

/// A statement that the session has forgotten, or whose plan no longer fits the schema.
bool is_stale(std::string_view state) {
    return state == "26000" || state == "0A000";
}

bool ends_session(const PGresult* error) {
    const std::string_view severity = field(error, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity == "FATAL" || severity == "PANIC";
}

PostgresqlOutcome ended(PostgresqlEnd end) {
    return {.end = end, .rows = {}, .failure = nullptr};
}

template <class Exception>
PostgresqlOutcome ended(PostgresqlEnd end, Exception failure) {
    return {.end = end, .rows = {}, .failure = std::make_exception_ptr(std::move(failure))};
}

/// The name of the broken rule; a NOT NULL has none, and is told by its column.
std::string constraint_in(const PGresult* error) {
    const std::string_view name = field(error, PG_DIAG_CONSTRAINT_NAME);
    if (!name.empty()) return std::string(name);
    return fmt::format("{}.{}", field(error, PG_DIAG_TABLE_NAME), field(error, PG_DIAG_COLUMN_NAME));
}

}  // namespace

Rows rows_of(const PGresult* result) {
    const int columns = PQnfields(result);
    Rows rows(static_cast<std::size_t>(columns));
    for (int row = 0; row < PQntuples(result); ++row) {
        for (int column = 0; column < columns; ++column)
            add_cell(rows, result, row, column);
    }
    return rows;
}

PostgresqlOutcome outcome_of_error(const PGresult* error, PostgresqlPlace place, bool is_transaction,
                                   std::string_view sql) {
    const std::string_view state = field(error, PG_DIAG_SQLSTATE);
    // Only the first line: the details of a broken rule quote what a prospect has sent.
    const std::string_view message = field(error, PG_DIAG_MESSAGE_PRIMARY);
    if (ends_session(error)) {
        const bool may_have_committed = is_transaction && place == PostgresqlPlace::commit;
        return ended(may_have_committed ? PostgresqlEnd::unknown : PostgresqlEnd::not_done);
    }
    // The server has become a standby.
    if (is_transaction && state == "25006") return ended(PostgresqlEnd::not_done);
    if (state == "40001" || state == "40P01") return ended(PostgresqlEnd::conflicted);
    if (state == "22P02" && is_missing_row(message)) return ended(PostgresqlEnd::voided);

    const std::string context =
        fmt::format("{} (SQLSTATE {}), in: {}", message, state, sql.substr(0, longest_quote));
    if (is_stale(state)) return ended(PostgresqlEnd::not_done, DatabaseError(context));
    if (state == "57014" || state == "55P03") {
        log::warning("the database took too long", {{"error", context}});
        return ended(PostgresqlEnd::failed, Error::busy());
    }
    if (state.starts_with("53")) {
        log::error("the database is out of resources", {{"error", context}});
        return ended(PostgresqlEnd::failed, Error::cannot_store());
    }
    const bool is_rule = state.starts_with("23");
    return ended(PostgresqlEnd::failed,
                 DatabaseError(context, is_rule ? constraint_in(error) : std::string()));
}

}  // namespace alma::db
