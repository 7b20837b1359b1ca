#include "db/postgresql/postgresql_connector.hpp"

#include "base/async.hpp"

#include <exception>

namespace alma::db {
namespace {

// They only wait, some for hosts that are gone.
constexpr std::size_t threads = 8;
// All connections of all loops of a large machine, at once.
constexpr std::size_t most_waiting = 1024;

}  // namespace

PostgresqlMailbox::PostgresqlMailbox(asio::any_io_executor loop)
    : loop_(asio::prefer(std::move(loop), asio::execution::outstanding_work.untracked)) {}

void PostgresqlMailbox::post(std::move_only_function<void()> letter) {
    const std::lock_guard lock(mutex_);
    if (is_open_) asio::post(loop_, std::move(letter));
}

void PostgresqlMailbox::close() {
    const std::lock_guard lock(mutex_);
    is_open_ = false;
}

bool PostgresqlMailbox::is_open() {
    const std::lock_guard lock(mutex_);
    return is_open_;
}

PostgresqlConnector::PostgresqlConnector(std::string uri)
    : uri_(std::move(uri)), threads_("db-connect", threads, most_waiting) {}

void PostgresqlConnector::connect(std::shared_ptr<PostgresqlMailbox> mailbox, PostgresqlSessionConfig config,
                                  Done done) {
    auto shared_done = std::make_shared<Done>(std::move(done));
    const auto deliver = [mailbox, shared_done](Connected connected) {
        mailbox->post([shared_done, connected = std::move(connected)]() mutable {
            (*shared_done)(std::move(connected));
        });
    };
    try {
        threads_.post([this, config, mailbox, deliver] {
            if (!mailbox->is_open()) return;
            try {
                deliver(open(config));
            } catch (const std::exception& failure) {
                deliver(std::unexpected(failure.what()));
            }
        });
    } catch (const std::exception& failure) {
        deliver(std::unexpected(failure.what()));
    }
}

PostgresqlSession PostgresqlConnector::open(const PostgresqlSessionConfig& config) {
    PostgresqlSession session = open_postgresql_session(starting_with(uri_, last_good()), config);
    const std::lock_guard lock(mutex_);
    last_good_ = {.host = PQhost(session.get()), .port = PQport(session.get())};
    return session;
}

PostgresqlHost PostgresqlConnector::last_good() {
    const std::lock_guard lock(mutex_);
    return last_good_;
}

}  // namespace alma::db
