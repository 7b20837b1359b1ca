/// The one coroutine type, and the way from the event loop to a thread that may block.
#pragma once

#include "base/worker_pool.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace alma {

namespace asio = boost::asio;

template <class T>
using awaitable = asio::awaitable<T>;

/// What completes an asynchronous operation from whichever thread is done with it: may be called once, and
/// runs the operation's handler on the handler's own executor, whose loop does not end before.
template <class Handler>
auto on_own_executor(Handler handler) {
    auto executor =
        asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
    return [handler = std::move(handler), executor = std::move(executor)](auto... results) mutable {
        asio::post(executor, [handler = std::move(handler), ... results = std::move(results)]() mutable {
            std::move(handler)(std::move(results)...);
        });
    };
}

/// Runs `work` on a thread of `pool` and resumes the caller on its own executor with the result.
/// What `work` throws is thrown here. `work` must own what it uses: name the lambda first and move it in,
/// since g++ 12 destroys an owning temporary twice in a statement with co_await.
/// A caller that is destroyed meanwhile does not stop the work.
/// @throws Error{unavailable} when the pool's queue is full; the work has then not run.
template <class Work>
awaitable<std::invoke_result_t<Work&>> offload(WorkerPool& pool, Work work) {
    using Result = std::invoke_result_t<Work&>;
    // A void result travels as bool, so that one completion signature serves both.
    using Carried = std::conditional_t<std::is_void_v<Result>, bool, Result>;

    auto initiate = [&pool](auto handler, Work job) {
        // Shared, so that it is still here when the pool refuses the job: what an initiation throws does not
        // reach the coroutine, it leaves the event loop.
        auto resume = std::make_shared<decltype(on_own_executor(std::move(handler)))>(
            on_own_executor(std::move(handler)));
        try {
            pool.post([resume, job = std::move(job)]() mutable {
                std::exception_ptr failure;
                std::optional<Carried> result;
                try {
                    if constexpr (std::is_void_v<Result>) {
                        job();
                        result.emplace(true);
                    } else {
                        result.emplace(job());
                    }
                } catch (...) {
                    failure = std::current_exception();
                }
                // The job, and what it owns, ends before the caller goes on.
                {
                    [[maybe_unused]] const Work done = std::move(job);
                }
                (*resume)(std::move(failure), std::move(result));
            });
        } catch (...) {
            (*resume)(std::current_exception(), std::optional<Carried>());
        }
    };
    awaitable<std::optional<Carried>> done =
        asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, std::optional<Carried>)>(
            std::move(initiate), asio::use_awaitable, std::move(work));
    if constexpr (std::is_void_v<Result>) {
        co_await std::move(done);
    } else {
        std::optional<Carried> result = co_await std::move(done);
        co_return std::move(*result);
    }
}

}  // namespace alma
