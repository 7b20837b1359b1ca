#include "app/watchdog.hpp"

#include "base/log.hpp"

#include <cstdlib>
#include <stop_token>

namespace alma::app {

void Watchdog::end_process_in(std::chrono::milliseconds patience, std::string failure) {
    auto watch = [this, patience, failure = std::move(failure)](const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        if (woken_.wait_for(lock, stop, patience, [&] { return stop.stop_requested(); })) return;
        log::warning("something did not end in time and is left");
        if (!failure.empty()) log::error("the service failed", {{"error", failure}});
        log::flush();
        std::_Exit(failure.empty() ? 0 : 1);
    };
    thread_.reset();
    thread_.emplace(std::move(watch));
}

}  // namespace alma::app
