/// The deadlines of an event loop's requests, as one timer.
#pragma once

#include "base/async.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace alma::db {

/// Rings once, at the earliest of the times it was given since it last rang; whoever hears it looks what is
/// due and asks for the next time. So a request whose deadline lies behind those before it costs nothing.
/// Never rings once it is destroyed. All calls on the loop. Keeps the loop alive while it is set.
class PostgresqlAlarm {
public:
    using Time = std::chrono::steady_clock::time_point;

    PostgresqlAlarm(const asio::any_io_executor& loop, std::function<void()> ring);
    ~PostgresqlAlarm();
    PostgresqlAlarm(const PostgresqlAlarm&) = delete;
    PostgresqlAlarm& operator=(const PostgresqlAlarm&) = delete;

    /// Rings at `when`, or at the earlier time that is set already.
    void ring_by(Time when);
    void cancel();

private:
    struct State;
    const std::shared_ptr<State> state_;  ///< shared with the wait that is under way
};

}  // namespace alma::db
