#include "app/event_loops.hpp"

#include "base/log.hpp"

#include <thread>

namespace alma::app {
namespace {

std::string text_of(const std::exception_ptr& failure) {
    if (!failure) return {};
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    }
}

/// What a handler lets escape ends nothing but itself.
void run_to_the_end(asio::io_context& loop) {
    while (true) {
        try {
            loop.run();
            return;
        } catch (const std::exception& failure) {
            log::error("an event handler failed", {{"error", failure.what()}});
        }
    }
}

}  // namespace

EventLoops::EventLoops(std::size_t count, Watchdog& watchdog) : watchdog_(watchdog) {
    for (std::size_t i = 0; i < count; ++i) {
        // The hint: one thread runs it, others only post.
        loops_.push_back(std::make_unique<asio::io_context>(1));
        guards_.push_back(asio::make_work_guard(*loops_.back()));
    }
}

std::vector<asio::io_context*> EventLoops::all() {
    std::vector<asio::io_context*> pointers;
    for (const auto& loop : loops_)
        pointers.push_back(loop.get());
    return pointers;
}

void EventLoops::run() {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < loops_.size(); ++i)
        others.emplace_back([this, i] { run_to_the_end(*loops_[i]); });
    run_to_the_end(first());
}

void EventLoops::end_within(std::chrono::milliseconds patience) {
    watchdog_.end_process_in(patience);
}

void EventLoops::finish(std::chrono::milliseconds patience, std::exception_ptr failure) {
    watchdog_.end_process_in(patience, text_of(failure));
    guards_.clear();
}

}  // namespace alma::app
