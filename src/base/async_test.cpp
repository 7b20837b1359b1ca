#include "base/async.hpp"

#include "base/error.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace alma {
namespace {

TEST(Offload, RunsElsewhereAndComesBackToTheCallersThread) {
    WorkerPool pool("test", 1, 4);
    const auto here = std::this_thread::get_id();
    run([&]() -> awaitable<void> {
        const auto there = co_await offload(pool, [] { return std::this_thread::get_id(); });
        EXPECT_NE(there, here);
        EXPECT_EQ(std::this_thread::get_id(), here);
    });
}

TEST(Offload, ThrowsWhatTheWorkThrew) {
    WorkerPool pool("test", 1, 4);
    EXPECT_THROW(run([&]() -> awaitable<void> {
                     co_await offload(pool, [] { throw Error(ErrorKind::conflict, "no"); });
                 }),
                 Error);
}

TEST(Offload, IsRefusedWhenTheQueueIsFull) {
    // Before the pool: its destructor still waits for the job that uses them.
    std::promise<void> release;
    std::promise<void> is_running;
    WorkerPool pool("test", 1, 1);
    pool.post([&] {
        is_running.set_value();
        release.get_future().wait();
    });
    is_running.get_future().wait();
    pool.post([] {});
    EXPECT_EQ(pool.waiting(), 1u);
    // In the coroutine, where a request's answer is made of it; not out of the event loop.
    run([&]() -> awaitable<void> {
        try {
            co_await offload(pool, [] {});
            ADD_FAILURE() << "the third job was taken";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::unavailable);
            EXPECT_TRUE(error.retry_after());
        }
    });
    release.set_value();
}

}  // namespace
}  // namespace alma
