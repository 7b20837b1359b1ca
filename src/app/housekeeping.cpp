#include "app/housekeeping.hpp"

#include "base/log.hpp"
#include "leads/search_index.hpp"
#include "leads/submission_key.hpp"
#include "storage/object_keys.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

#include <utility>

namespace alma::app {
namespace {

using namespace std::chrono_literals;

constexpr auto index_interval = 500ms;
constexpr auto sweep_interval = 1h;

}  // namespace

Housekeeping::Housekeeping(HousekeepingConfig config, db::Database& db, storage::ObjectStore& objects,
                           leads::Eraser& eraser, const Clock& clock, asio::io_context& loop)
    : config_(std::move(config)),
      db_(db),
      objects_(objects),
      eraser_(eraser),
      clock_(clock),
      loop_(loop),
      index_timer_(loop),
      sweep_timer_(loop),
      retention_timer_(loop) {}

void Housekeeping::start() {
    const auto spawn = [this](Turn turn, std::chrono::milliseconds interval, asio::steady_timer& timer) {
        asio::co_spawn(loop_, repeat(turn, interval, timer), asio::detached);
    };
    spawn(&Housekeeping::index_for_searches, index_interval, index_timer_);
    spawn(&Housekeeping::sweep, sweep_interval, sweep_timer_);
    if (!config_.retention.is_off()) spawn(&Housekeeping::erase_expired, sweep_interval, retention_timer_);
}

void Housekeeping::stop() {
    is_stopping_ = true;
    index_timer_.cancel();
    sweep_timer_.cancel();
    retention_timer_.cancel();
}

awaitable<void> Housekeeping::repeat(Turn turn, std::chrono::milliseconds interval,
                                     asio::steady_timer& timer) {
    while (!is_stopping_) {
        co_await (this->*turn)();
        if (is_stopping_) break;
        timer.expires_after(interval);
        boost::system::error_code cancelled;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
}

/// A search that comes before does it itself.
awaitable<void> Housekeeping::index_for_searches() {
    try {
        while (co_await leads::index_backlog(db_) == leads::index_batch && !is_stopping_) {
        }
        is_index_failing_ = false;
    } catch (const std::exception& failure) {
        // Once for an outage, not twice a second.
        if (!std::exchange(is_index_failing_, true))
            log::error("leads wait to be found by searches", {{"error", failure.what()}});
    }
}

awaitable<void> Housekeeping::sweep() {
    try {
        const std::size_t swept = co_await storage::sweep_uploads(db_, objects_, clock_, config_.process_name,
                                                                  config_.is_only_process);
        // Most stood for nothing: they are reserved in blocks.
        if (swept > 0) log::info("keys of uploads that no lead kept were swept", {{"keys", swept}});
        co_await leads::sweep_submission_keys(db_, clock_);
    } catch (const std::exception& failure) {
        log::warning("what is over could not be swept; next try in an hour", {{"error", failure.what()}});
    }
}

awaitable<void> Housekeeping::erase_expired() {
    try {
        const std::size_t erased = co_await leads::erase_expired(db_, eraser_, clock_, config_.retention);
        if (erased > 0) log::info("leads past their retention were erased", {{"leads", erased}});
    } catch (const std::exception& failure) {
        log::warning("leads past their retention could not be erased; next try in an hour",
                     {{"error", failure.what()}});
    }
}

}  // namespace alma::app
