/// What the service does by itself, again and again, while it serves.
#pragma once

#include "base/async.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "leads/eraser.hpp"
#include "leads/retention.hpp"
#include "storage/object_store.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <string>

namespace alma::app {

struct HousekeepingConfig {
    std::string process_name;  ///< of this process's upload intents, which are not swept
    bool is_only_process = true;
    leads::RetentionConfig retention;
};

/// Has new leads found by searches twice a second; hourly, removes uploads and submission keys that nobody
/// needs and erases leads past their retention. What fails is logged and tried again at the next turn. Runs
/// on one event loop, whose coroutines it must outlive.
class Housekeeping {
public:
    Housekeeping(HousekeepingConfig config, db::Database& db, storage::ObjectStore& objects,
                 leads::Eraser& eraser, const Clock& clock, asio::io_context& loop);

    /// Once the schema is there.
    void start();
    /// No turn begins after it.
    void stop();

private:
    using Turn = awaitable<void> (Housekeeping::*)();

    awaitable<void> repeat(Turn turn, std::chrono::milliseconds interval, asio::steady_timer& timer);
    awaitable<void> index_for_searches();
    awaitable<void> sweep();
    awaitable<void> erase_expired();

    HousekeepingConfig config_;
    db::Database& db_;
    storage::ObjectStore& objects_;
    leads::Eraser& eraser_;
    const Clock& clock_;
    asio::io_context& loop_;
    asio::steady_timer index_timer_;
    asio::steady_timer sweep_timer_;
    asio::steady_timer retention_timer_;
    bool is_index_failing_ = false;
    bool is_stopping_ = false;
};

}  // namespace alma::app
