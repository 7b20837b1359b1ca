/// One pipelined connection to a PostgreSQL server, on one event loop.
#pragma once

#include "base/async.hpp"
#include "db/postgresql/postgresql_alarm.hpp"
#include "db/postgresql/postgresql_outcome.hpp"
#include "db/postgresql/postgresql_session.hpp"
#include "db/postgresql/postgresql_statements.hpp"
#include "db/statement.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

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

/// What the owner of a connection is told.
struct PostgresqlConnectionEvents {
    /// A request has ended; the connection may be closed by then, or be sent the next one.
    std::function<void(PostgresqlRequestPtr, PostgresqlOutcome)> finished;
    /// The server has answered a request that was finished before, at its deadline.
    std::function<void()> freed;
    /// The connection is closed, not by its owner. What was outstanding is finished afterwards.
    std::function<void()> lost;
};

/// Statements before one Sync are one transaction of the server's (protocol-flow, "Pipelining"): it begins
/// with the first, is rolled back by the first error, and commits at the Sync. So a transaction costs one
/// round trip and no BEGIN or COMMIT, and an error leaves nothing behind that another user of the connection
/// could meet.
///
/// The reads of one turn of the event loop share a Sync: the server answers them with one write. When one
/// fails, those behind it are passed over. Each statement sees what was committed before the server came to
/// it. Of reads that ask the same one behind the other, the first is sent and its answer is that of all: when
/// many requests come with one token, the server is asked once who they are from.
///
/// A request is finished at its deadline, and the connection stays: others may have more time, and a session
/// that is left goes on in the server, in which they would pile up. It is given up when the server has owed
/// an answer for longer than `patience`.
///
/// While nothing is outstanding, nothing is pending on the event loop: it may end.
class PostgresqlConnection : public std::enable_shared_from_this<PostgresqlConnection> {
public:
    PostgresqlConnection(const asio::any_io_executor& loop, PostgresqlSession session,
                         std::chrono::milliseconds patience, PostgresqlConnectionEvents events);
    ~PostgresqlConnection();
    PostgresqlConnection(const PostgresqlConnection&) = delete;
    PostgresqlConnection& operator=(const PostgresqlConnection&) = delete;

    /// Sends a transaction at once, and a read with the others of this turn.
    void send(PostgresqlRequestPtr request);

    /// Requests that the server has not answered yet.
    [[nodiscard]] std::size_t outstanding() const { return sent_.size(); }
    /// Whether some of them are not finished.
    [[nodiscard]] bool is_waited_for() const;
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
        PostgresqlRequestPtr request;  ///< none once it is finished
        bool is_transaction;
        bool is_repetition;  ///< of the read before it, with whose answer it ends
        std::chrono::steady_clock::time_point given_up_at;
        std::size_t unanswered;
        std::vector<Rows> rows;
        std::optional<PostgresqlOutcome> ended;  ///< its first error
    };

    [[nodiscard]] bool send(const Statement& statement, PostgresqlStatements::Entry& entry);
    [[nodiscard]] bool repeats_the_last(const PostgresqlRequest& request) const;
    void sync_after_this_turn();
    void sync();
    void flush();
    void wait_for_answers();
    void receive();
    void take_results();
    void take(const PGresult* result);
    void take_error(const PGresult* result);
    void answered();
    void finish_first();
    void finish(Sent sent);
    void watch();
    void look_at_deadlines();
    [[nodiscard]] PostgresqlOutcome outcome_without_answer(Sent& sent) const;
    void lose(std::string_view reason);
    void close();

    const asio::any_io_executor loop_;
    PostgresqlSession session_;
    asio::posix::stream_descriptor socket_;
    PostgresqlAlarm alarm_;
    const std::chrono::milliseconds patience_;
    const PostgresqlConnectionEvents events_;
    PostgresqlStatements statements_;
    std::deque<Expected> expected_;
    std::deque<Sent> sent_;
    std::chrono::steady_clock::time_point last_given_up_at_;  ///< of all that was sent
    bool is_first_answered_ = false;  ///< of expected_: only the NULL behind its result is missing
    bool is_sync_posted_ = false;
    bool is_dirty_ = false;           ///< statements were sent without their Sync
    std::size_t unsynced_bytes_ = 0;  ///< of their values
    bool is_flush_pending_ = false;
    bool is_reading_ = false;
    bool is_writing_ = false;
};

}  // namespace alma::db
