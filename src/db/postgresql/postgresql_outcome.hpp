/// What became of statements that were sent to a PostgreSQL server.
#pragma once

#include "db/rows.hpp"

#include <libpq-fe.h>

#include <exception>
#include <string_view>
#include <vector>

namespace alma::db {

/// The ways a request ends. Only `done` and `unknown` may have left something in the database.
enum class PostgresqlEnd {
    done,         ///< committed
    voided,       ///< a required row was missing; rolled back
    conflicted,   ///< rolled back for another transaction's sake (40001, 40P01): the same may pass at once
    not_done,     ///< the session ended, or was found unfit, before it could have an effect: try another one
    passed_over,  ///< a read that shared its Sync with one that failed, and was not run for that
    unknown,      ///< the connection ended while the commit may have been under way
    failed,       ///< rolled back, see `failure`
};

struct PostgresqlOutcome {
    PostgresqlEnd end = PostgresqlEnd::done;
    std::vector<Rows> rows;      ///< of each statement, when done
    std::exception_ptr failure;  ///< what Database throws: when failed, or when not done and another try is
                                 ///< no better
};

/// What a statement returned, value by value in the types that rows.hpp knows.
/// @throws std::logic_error for a type that it does not know
Rows rows_of(const PGresult* result);

/// Where in a transaction an error was reported.
enum class PostgresqlPlace {
    statement,  ///< for one of its statements: the commit had not begun
    commit,
};

/// Reads an error that the server reported (SQLSTATEs:
/// https://www.postgresql.org/docs/15/errcodes-appendix.html).
/// @param sql for the log; never its values, which may be a prospect's
PostgresqlOutcome outcome_of_error(const PGresult* error, PostgresqlPlace place, bool is_transaction,
                                   std::string_view sql);

}  // namespace alma::db
