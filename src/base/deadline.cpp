#include "base/deadline.hpp"

#include "base/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace alma {

awaitable<void> finish_within(std::chrono::milliseconds longest, awaitable<void> task, std::string late) {
    // The timer serves as the event that the task sets; it goes off by itself when the task hangs.
    struct Wait {
        asio::steady_timer timer;
        std::exception_ptr failure = nullptr;
        bool is_done = false;
    };
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    auto wait = std::make_shared<Wait>(asio::steady_timer(executor, longest));
    asio::co_spawn(executor, std::move(task), [wait](std::exception_ptr failure) {
        wait->failure = std::move(failure);
        wait->is_done = true;
        wait->timer.cancel();
    });
    boost::system::error_code was_cancelled;
    if (!wait->is_done)
        co_await wait->timer.async_wait(asio::redirect_error(asio::use_awaitable, was_cancelled));
    if (!wait->is_done && was_cancelled) throw boost::system::system_error(was_cancelled);
    if (!wait->is_done) throw Error(ErrorKind::unavailable, std::move(late), std::chrono::seconds(5));
    if (wait->failure) std::rethrow_exception(wait->failure);
}

}  // namespace alma
