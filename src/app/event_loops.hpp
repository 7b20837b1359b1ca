/// The threads that serve: one event loop each.
#pragma once

#include "app/watchdog.hpp"
#include "base/async.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <vector>

namespace alma::app {

class EventLoops {
public:
    /// @param watchdog ends a stop that hangs; on its way out, what the loops' owner destroys afterwards, too
    EventLoops(std::size_t count, Watchdog& watchdog);

    [[nodiscard]] asio::io_context& first() { return *loops_.front(); }
    [[nodiscard]] std::vector<asio::io_context*> all();

    /// Runs the first loop on this thread and each other one on its own. Returns some time after finish(),
    /// when nothing is left to do on any.
    void run();

    /// Called on the first loop when stopping begins: a stop that hangs ends with the process, as finish()
    /// says.
    void end_within(std::chrono::milliseconds patience);

    /// Called on the first loop: no more work is to come. Should something still hang after `patience`, a
    /// loop or what is destroyed after it, the process ends.
    /// @param failure why serving ended; none when it was asked to. Decides the exit status, 1 or 0.
    void finish(std::chrono::milliseconds patience, std::exception_ptr failure = nullptr);

private:
    using Guard = asio::executor_work_guard<asio::io_context::executor_type>;
    std::vector<std::unique_ptr<asio::io_context>> loops_;
    std::vector<Guard> guards_;
    Watchdog& watchdog_;
};

}  // namespace alma::app
