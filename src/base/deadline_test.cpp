#include "base/deadline.hpp"

#include "base/error.hpp"
#include "support/run.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <future>

namespace alma {
namespace {

using namespace std::chrono_literals;

awaitable<void> work(WorkerPool& pool, std::function<void()> job) {
    co_await offload(pool, std::move(job));
}

TEST(FinishWithin, IsOverAsSoonAsTheTaskIs) {
    WorkerPool pool("test", 1, 4);
    const auto begin = std::chrono::steady_clock::now();
    run(finish_within(1min, work(pool, [] {}), "late"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
}

TEST(FinishWithin, ThrowsWhatTheTaskThrows) {
    WorkerPool pool("test", 1, 4);
    const auto fail = [] { throw std::runtime_error("broken"); };
    EXPECT_THROW(run(finish_within(1min, work(pool, fail), "late")), std::runtime_error);
}

TEST(FinishWithin, LeavesATaskThatHangsToItself) {
    std::promise<void> release;
    WorkerPool pool("test", 1, 4);
    bool is_done = false;
    run([&]() -> awaitable<void> {
        auto hang = [&] {
            release.get_future().wait();
            is_done = true;
        };
        std::string detail;
        try {
            co_await finish_within(20ms, work(pool, std::move(hang)), "the disk does not answer");
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::unavailable);
            detail = error.detail();
        }
        EXPECT_EQ(detail, "the disk does not answer");
        EXPECT_FALSE(is_done);
        release.set_value();
    });
    EXPECT_TRUE(is_done) << "the loop ends only after the task that it was left with";
}

TEST(FinishWithin, CancellationIsNoLateness) {
    asio::io_context loop;
    asio::steady_timer never(loop, 1h);
    asio::cancellation_signal cancellation;
    boost::system::error_code thrown;
    const auto wait = [&]() -> awaitable<void> { co_await never.async_wait(asio::use_awaitable); };
    const auto keep = [&](const std::exception_ptr& failure) {
        try {
            if (failure) std::rethrow_exception(failure);
        } catch (const boost::system::system_error& error) {
            thrown = error.code();
        } catch (const Error& error) {
            ADD_FAILURE() << error.detail();
        }
        never.cancel();
    };
    asio::co_spawn(loop, finish_within(1min, wait(), "late"),
                   asio::bind_cancellation_slot(cancellation.slot(), keep));
    asio::post(loop, [&] { cancellation.emit(asio::cancellation_type::terminal); });
    loop.run();
    EXPECT_EQ(thrown, asio::error::operation_aborted);
}

}  // namespace
}  // namespace alma
