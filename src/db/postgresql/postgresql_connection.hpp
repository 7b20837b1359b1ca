/// One pipelined connection to a PostgreSQL server, on one event loop.
#pragma once

#include "base/async.hpp"
#include "db/postgresql/postgresql_outcome.hpp"
#include "db/postgresql/postgresql_session.hpp"
#include "db/postgresql/postgresql_statements.hpp"
#include "db/statement.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alma::db {

/// One transaction, or one read.
struct PostgresqlRequest {
    std::vector<Statement> statements;
    /// A transaction is over when it is committed; a read when it has its rows.
    bool is_transaction = false;
    std::chrono::steady_clock::time_point deadline;
    int attempts = 0;
    std::move_only_function<void(PostgresqlOutcome)> done;
};
using PostgresqlRequestPtr = std::unique_ptr<PostgresqlRequest>;

/// Statements before one Sync are one transaction of the server's (protocol-flow, "Pipelining"): it begins
/// with the first, is rolled back by the first error, and commits at the Sync. So a transaction costs one
/// round trip and no BEGIN or COMMIT, and an error leaves nothing behind that another user of the connection
/// could meet.
///
/// The reads of one turn of the event loop share a Sync: the server answers them with one write. When one
/// fails, those behind it are passed over. Each statement sees what was committed before the server came to
/// it.
///
/// While nothing is outstanding, nothing is pending on the event loop: it may end.
class PostgresqlConnection : public std::enable_shared_from_this<PostgresqlConnection> {
public:
    /// Told when a request has ended; the connection may be closed by then, or be sent the next one.
    using Finished = std::function<void(PostgresqlRequestPtr, PostgresqlOutcome)>;

    PostgresqlConnection(const asio::any_io_executor& loop, PostgresqlSession session, Finished finished);
    ~PostgresqlConnection();
    PostgresqlConnection(const PostgresqlConnection&) = delete;
    PostgresqlConnection& operator=(const PostgresqlConnection&) = delete;

    /// Sends a transaction at once, and a read with the others of this turn.
    void send(PostgresqlRequestPtr request);

    /// Requests that have no answer yet.
    [[nodiscard]] std::size_t outstanding() const { return sent_.size(); }
    [[nodiscard]] bool is_open() const { return session_ != nullptr; }
    /// After a rest: looks whether the server has closed its end meanwhile, and then closes ours.
    [[nodiscard]] bool is_still_open();

    /// Closes, and forgets what is outstanding.
    void abandon();

private:
    /// What the server will answer next.
    struct Expected {
        enum class What { preparation, statement, sync } what;
        PostgresqlStatements::Entry* entry;  ///< of a preparation
        std::string_view sql;                ///< for the log
        bool is_of_transaction;              ///< a sync
    };
    struct Sent {
        PostgresqlRequestPtr request;
        std::size_t unanswered;
        std::vector<Rows> rows;
        std::optional<PostgresqlOutcome> ended;  ///< its first error
    };

    [[nodiscard]] bool is_fit(const PostgresqlRequest& request,
                              std::vector<PostgresqlStatements::Entry*>& entries);
    [[nodiscard]] bool send(const Statement& statement, PostgresqlStatements::Entry& entry);
    void sync_after_this_turn();
    void sync();
    void flush();
    void wait_for_answers();
    void receive();
    void take(const PGresult* result);
    void take_error(const PGresult* result);
    void answered();
    void finish_first();
    [[nodiscard]] std::chrono::steady_clock::time_point earliest_deadline() const;
    void watch_deadline();
    void lose(std::string_view reason);
    void close();

    const asio::any_io_executor loop_;
    PostgresqlSession session_;
    asio::posix::stream_descriptor socket_;
    asio::steady_timer alarm_;
    const Finished finished_;
    PostgresqlStatements statements_;
    std::deque<Expected> expected_;
    std::deque<Sent> sent_;
    std::chrono::steady_clock::time_point last_deadline_;
    bool is_first_answered_ = false;  ///< of expected_: only the NULL behind its result is missing
    bool is_sync_posted_ = false;
    bool is_dirty_ = false;  ///< statements were sent without their Sync
    bool is_flush_pending_ = false;
    bool is_reading_ = false;
    bool is_writing_ = false;
    bool is_watching_ = false;
};

}  // namespace alma::db
