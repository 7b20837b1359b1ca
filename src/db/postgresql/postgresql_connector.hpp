/// Opens sessions beside the event loops.
#pragma once

#include "base/worker_pool.hpp"
#include "db/postgresql/postgresql_session.hpp"
#include "db/postgresql/postgresql_uri.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace alma::db {

/// The way from other threads to one event loop, which may end before they do.
class PostgresqlMailbox {
public:
    explicit PostgresqlMailbox(boost::asio::any_io_executor loop);
    /// Posts to the loop, or drops the letter when that has closed the box.
    void post(std::move_only_function<void()> letter);
    void close();
    [[nodiscard]] bool is_open();

private:
    std::mutex mutex_;
    boost::asio::any_io_executor loop_;
    bool is_open_ = true;
};

/// Connecting takes a while: name resolution, TLS, the password's key derivation; and libpq does some of it
/// only blocking. Of several hosts, the one that took the last session is tried first, so that one that has
/// vanished delays only the first. May be used from any thread.
class PostgresqlConnector {
public:
    using Connected = std::expected<PostgresqlSession, std::string>;
    using Done = std::move_only_function<void(Connected)>;

    explicit PostgresqlConnector(std::string uri);

    /// Calls `done` through the mailbox, never at once; not at all when that is closed meanwhile.
    void connect(std::shared_ptr<PostgresqlMailbox> mailbox, PostgresqlSessionConfig config, Done done);

private:
    [[nodiscard]] PostgresqlSession open(const PostgresqlSessionConfig& config);
    [[nodiscard]] PostgresqlHost last_good();

    const std::string uri_;
    std::mutex mutex_;
    PostgresqlHost last_good_;
    WorkerPool threads_;
};

}  // namespace alma::db
