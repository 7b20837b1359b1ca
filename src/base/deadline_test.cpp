#include "base/deadline.hpp"

#include "base/error.hpp"
#include "support/run.hpp"

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

}  // namespace
}  // namespace alma
