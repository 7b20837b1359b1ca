/// The connections that one event loop has for one purpose, and what waits for them.
#pragma once

#include "db/postgresql/postgresql_alarm.hpp"
#include "db/postgresql/postgresql_connection.hpp"
#include "db/postgresql/postgresql_connector.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <vector>

namespace alma::db {

struct PostgresqlLaneConfig {
    std::size_t connections = 1;
    std::size_t max_waiting = 4096;  ///< requests without an answer; further ones are refused
    /// Whether requests share a connection without waiting for each other's answers. Reads may; transactions
    /// must not, since one that waits for a lock or for the disk would hold up all behind it.
    bool is_shared = false;
    /// How long a connection is kept whose server owes an answer, though its request is over. The longer, the
    /// fewer sessions are left behind in a server that is stuck.
    std::chrono::milliseconds patience{5'000};
    PostgresqlSessionConfig session;
};

/// Opens connections when they are needed, and again after they were lost. A request is tried again, on
/// another connection, when it is certain that the first try did nothing, or was rolled back for another
/// transaction's sake; until its deadline, and three times at most.
///
/// When a connection is lost, or a commit with it, the others of its time are not used again: the server may
/// have vanished for them, too, without a word, or the schema have changed under what they have prepared.
///
/// While the server cannot be reached, requests are refused at once, and it is tried again by the first
/// request after a pause that doubles from 50 ms to a second, jittered.
///
/// All calls on the loop, which one thread runs.
class PostgresqlLane : public std::enable_shared_from_this<PostgresqlLane> {
public:
    PostgresqlLane(asio::any_io_executor loop, std::shared_ptr<PostgresqlConnector> connector,
                   PostgresqlLaneConfig config);

    /// Calls request->done in the end, whatever happens; never throws.
    void post(PostgresqlRequestPtr request);

    /// From now on closes connections for whose answers nobody waits: once all is answered, the loop may end.
    void end_when_answered();

    /// Forgets all requests, closes all connections.
    void close();

private:
    using ConnectionPtr = std::shared_ptr<PostgresqlConnection>;
    struct Open {
        ConnectionPtr connection;
        std::uint64_t generation;
    };

    void serve();
    [[nodiscard]] ConnectionPtr take_connection();
    [[nodiscard]] ConnectionPtr least_loaded();
    [[nodiscard]] ConnectionPtr idle();
    void drop_spent();
    void open_another();
    [[nodiscard]] PostgresqlConnectionEvents events();
    void distrust(std::uint64_t generation);
    void connected(PostgresqlConnector::Connected made);
    void finished(PostgresqlRequestPtr request, PostgresqlOutcome outcome);
    [[nodiscard]] static bool is_worth_another_try(const PostgresqlRequest& request, PostgresqlEnd end);
    void try_again(PostgresqlRequestPtr request, PostgresqlEnd end);
    void refuse_waiting();
    void refuse_late();
    void watch_waiting();
    [[nodiscard]] std::size_t unanswered() const;
    [[nodiscard]] std::chrono::milliseconds jittered(std::chrono::milliseconds span);

    const asio::any_io_executor loop_;
    const std::shared_ptr<PostgresqlConnector> connector_;
    const PostgresqlLaneConfig config_;
    const std::shared_ptr<PostgresqlMailbox> mailbox_;
    std::vector<Open> open_;
    std::uint64_t generation_ = 0;  ///< of the connections that may be used
    std::deque<PostgresqlRequestPtr> waiting_;
    PostgresqlAlarm alarm_;  ///< for the deadlines of what waits
    bool is_serving_ = false;
    bool is_ending_ = false;
    std::size_t connecting_ = 0;
    std::size_t pausing_ = 0;  ///< requests that wait to be tried again
    bool is_unreachable_ = false;
    std::chrono::milliseconds pause_{0};
    std::chrono::steady_clock::time_point pause_ends_;
    std::minstd_rand random_{std::random_device()()};
};

}  // namespace alma::db
