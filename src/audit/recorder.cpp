#include "audit/recorder.hpp"

#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace alma::audit {
namespace {

using namespace std::chrono_literals;

constexpr auto drain_patience = 2s;
constexpr auto drain_poll = 10ms;

awaitable<void> write(db::Database& db, Entry entry) {
    try {
        co_await db.write(record(entry));
    } catch (const std::exception& failure) {
        log::error(
            "an entry of the audit log is lost",
            {{"action", to_text(entry.action)}, {"user", entry.user.value_or(0)}, {"error", failure.what()}});
    }
}

}  // namespace

Recorder::Recorder(db::Database& db) : db_(db), under_way_(std::make_shared<std::atomic<int>>(0)) {}

awaitable<void> Recorder::record(Entry entry) {
    if (*under_way_ >= most_under_way) {
        co_await write(db_, std::move(entry));
        co_return;
    }
    ++*under_way_;
    auto is_written = [under_way = under_way_](const std::exception_ptr&) { --*under_way; };
    asio::co_spawn(co_await asio::this_coro::executor, write(db_, std::move(entry)), std::move(is_written));
}

awaitable<void> Recorder::drain() {
    asio::steady_timer pause(co_await asio::this_coro::executor);
    const auto end = std::chrono::steady_clock::now() + drain_patience;
    while (*under_way_ > 0 && std::chrono::steady_clock::now() < end) {
        pause.expires_after(drain_poll);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

}  // namespace alma::audit
