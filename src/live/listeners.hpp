/// Who listens, and what waits for whom.
#pragma once

#include "base/async.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace alma::live {

class Listeners;

/// One listener's part of what is published. Used on the loop where it was made; leaves when it is destroyed.
class Listener {
public:
    Listener(std::shared_ptr<Listeners> all, asio::any_io_executor loop);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    using News = std::shared_ptr<const std::string>;
    /// What was published next; nothing when `until` comes first, or it is over: see is_over().
    awaitable<News> next(std::chrono::steady_clock::time_point until);
    /// It was too slow, or everything ends: nothing comes any more.
    [[nodiscard]] bool is_over() const;

private:
    friend class Listeners;
    void wake();

    std::shared_ptr<Listeners> all_;
    asio::any_io_executor loop_;
    /// Set off as an event. Shared with calls that are on their way to the loop.
    std::shared_ptr<asio::steady_timer> alarm_;
    std::deque<News> waiting_;  // guarded by Listeners::mutex_, like the next one
    bool is_over_ = false;
};

/// May be used from every event loop at once.
class Listeners : public std::enable_shared_from_this<Listeners> {
public:
    explicit Listeners(std::size_t most) : most_(most) {}

    /// @throws Error{unavailable} when there are as many as may be, or after end()
    std::unique_ptr<Listener> add(asio::any_io_executor loop);
    /// Gives everybody the same text. Who has `most_waiting` of them to take already is told that it is over.
    void publish(std::string text);
    /// It is over for everybody, and nobody is added any more.
    void end();
    [[nodiscard]] std::size_t size() const;

    /// Texts that may wait for one listener; all share them.
    static constexpr std::size_t most_waiting = 64;

private:
    friend class Listener;
    const std::size_t most_;
    mutable std::mutex mutex_;
    std::vector<Listener*> all_;  // in no order
    bool has_ended_ = false;
};

}  // namespace alma::live
