/// The seam to the database: what SQLite and PostgreSQL both give.
///
/// A transaction is a list of statements handed over at once, never a conversation. No operation of ours
/// needs to see one result before it knows the next statement; a rule that depends on data stands in the SQL
/// itself (ON CONFLICT, INSERT ... SELECT ... WHERE) or in Statement::must_return_row. So an engine can batch
/// many callers' transactions into one durable commit (SQLite) or one network round trip (PostgreSQL
/// pipelines), and no lock is ever held while a coroutine waits. See
/// docs/decisions/0001-transactions-are-lists.md.
#pragma once

#include "base/async.hpp"
#include "db/rows.hpp"
#include "db/statement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace alma::db {

/// May be used from every event loop at once, each of which one thread runs. All methods resume on the
/// caller's executor. Reads see every write whose write() has returned, from whichever loop.
///
/// @throws (all methods) Error{unavailable} when the engine is overloaded or cannot be reached: nothing was
/// done.
/// @throws (all methods) DatabaseError for whatever else the engine reports; it ends the request with a 500.
class Database {
public:
    virtual ~Database() = default;

    /// A read that touches a few rows by an index. Costs microseconds; may run on the calling event loop
    /// itself.
    virtual awaitable<Rows> read(Statement statement) = 0;

    /// A read that may take long (a search, a page of a list, an aggregate). Never runs on an event loop.
    /// Bound its rows with LIMIT: they are all in memory at once.
    virtual awaitable<Rows> search(Statement statement) = 0;

    /// Runs the statements in one transaction, in order. Durable when it returns: they survive a power cut.
    /// @return the rows of each statement, or nothing when a statement that must return a row did not:
    ///         then all was rolled back.
    /// @throws DatabaseError when one fails; then all were rolled back. DatabaseError::constraint names a
    /// broken rule.
    virtual awaitable<std::optional<std::vector<Rows>>> write(std::vector<Statement> transaction) = 0;

    /// One statement that changes something. @return its rows
    awaitable<Rows> write(Statement statement);

    /// A number that has changed whenever what a read finds may have, as far as this process wrote it; at the
    /// latest when write() returns. Nothing from an engine that other processes write to.
    [[nodiscard]] virtual std::optional<std::uint64_t> commits() const { return std::nullopt; }

    /// Throws when a read or a write would now fail; for /readyz. Takes at most two seconds.
    virtual awaitable<void> check() = 0;
};

/// What the engine said. The text is for the log, never for a client.
class DatabaseError : public std::runtime_error {
public:
    explicit DatabaseError(const std::string& text, std::string broken_constraint = {})
        : std::runtime_error(text), constraint_(std::move(broken_constraint)) {}

    /// The name of the violated constraint or of its columns as the engine gives it; empty for other errors.
    [[nodiscard]] const std::string& constraint() const noexcept { return constraint_; }

private:
    std::string constraint_;
};

}  // namespace alma::db
