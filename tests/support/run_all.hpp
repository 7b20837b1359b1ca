/// Drives many coroutines at the same time on one event loop.
#pragma once

#include "base/async.hpp"
#include "base/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <expected>
#include <optional>
#include <vector>

namespace alma {

/// @return what each gave, or the Error it threw; any other exception is thrown here.
template <class T>
std::vector<std::expected<T, Error>> run_all(std::vector<awaitable<T>> tasks) {
    asio::io_context loop;
    std::vector<std::expected<T, Error>> outcomes;
    std::exception_ptr failure;
    for (awaitable<T>& task : tasks) {
        asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, T value) {
            try {
                if (error) std::rethrow_exception(error);
                outcomes.emplace_back(std::move(value));
            } catch (const Error& refusal) {
                outcomes.emplace_back(std::unexpected(refusal));
            } catch (...) {
                failure = std::current_exception();
            }
        });
    }
    loop.run();
    if (failure) std::rethrow_exception(failure);
    return outcomes;
}

}  // namespace alma
