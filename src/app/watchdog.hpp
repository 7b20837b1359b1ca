/// The last resort of a stop.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace alma::app {

/// Ends the process unless it is destroyed in time: what was answered is durable, and nobody waits for the
/// rest. Declare it before all that may hang while it is used or destroyed. One thread calls it.
class Watchdog {
public:
    /// The last call counts.
    /// @param failure why the process ends; empty when it was asked to. Decides the exit status, 1 or 0.
    void end_process_in(std::chrono::milliseconds patience, std::string failure = {});

private:
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::optional<std::jthread> thread_;
};

}  // namespace alma::app
