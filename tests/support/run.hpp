/// Drives a coroutine to its result on an event loop of its own.
#pragma once

#include "base/async.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <deque>
#include <exception>
#include <optional>
#include <type_traits>

namespace alma {

/// A loop that outlives the next few of the calling thread: another thread that has just handed a result to
/// it may still have to let go of it.
inline asio::io_context& new_loop() {
    constexpr std::size_t kept = 8;
    thread_local std::deque<asio::io_context> loops;
    if (loops.size() == kept) loops.pop_front();
    return loops.emplace_back();
}

/// `task` is an awaitable, or a function that returns one and outlives the call.
template <class T>
T run(awaitable<T> task) {
    asio::io_context& loop = new_loop();
    std::exception_ptr failure;
    if constexpr (std::is_void_v<T>) {
        asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error) { failure = error; });
        loop.run();
        if (failure) std::rethrow_exception(failure);
    } else {
        std::optional<T> result;
        asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, T value) {
            failure = error;
            if (!error) result.emplace(std::move(value));
        });
        loop.run();
        if (failure) std::rethrow_exception(failure);
        return std::move(*result);
    }
}

template <class Function>
    requires std::is_invocable_v<Function&>
auto run(Function function) {
    return run(function());
}

}  // namespace alma
