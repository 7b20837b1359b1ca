#include "app/event_loops.hpp"

#include "base/log.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

namespace alma::app {
namespace {

using namespace std::chrono_literals;
using testing::ExitedWithCode;

/// Runs a loop that never runs out of work, and lets it be ended.
void hang(const std::exception_ptr& failure) {
    Watchdog watchdog;
    EventLoops loops(1, watchdog);
    asio::steady_timer never(loops.first(), 1h);
    never.async_wait([](boost::system::error_code) {});
    asio::post(loops.first(), [&] { loops.finish(20ms, failure); });
    loops.run();
}

/// Standard output becomes a pipe that is full and that nobody reads.
void stall_output() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_NONBLOCK) != 0) std::abort();
    const std::array<char, 4096> filler{};
    while (::write(ends[1], filler.data(), filler.size()) > 0) {
    }
    ::fcntl(ends[1], F_SETFL, 0);
    ::dup2(ends[1], STDOUT_FILENO);
}

class EventLoopsTest : public testing::Test {
protected:
    // A child that is made by fork alone has none of the threads.
    EventLoopsTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(EventLoopsTest, RunsUntilNothingIsLeftToDo) {
    Watchdog watchdog;
    EventLoops loops(2, watchdog);
    asio::post(loops.first(), [&] { loops.finish(10s); });
    loops.run();
}

TEST_F(EventLoopsTest, WhatHangsIsLeftAfterAStopThatWasAskedFor) {
    EXPECT_EXIT(
        {
            ::dup2(STDERR_FILENO, STDOUT_FILENO);
            hang(nullptr);
        },
        ExitedWithCode(0), "did not end in time");
}

TEST_F(EventLoopsTest, WhatHangsAfterAFailureEndsWithStatusOneAndTheReason) {
    EXPECT_EXIT(
        {
            ::dup2(STDERR_FILENO, STDOUT_FILENO);
            hang(std::make_exception_ptr(std::runtime_error("the port is gone")));
        },
        ExitedWithCode(1), "the port is gone");
}

TEST_F(EventLoopsTest, WhatHangsBehindTheLoopsIsLeftToo) {
    // A pool, say, whose thread waits for an answer that never comes.
    struct HangsInItsEnd {
        ~HangsInItsEnd() { std::this_thread::sleep_for(1h); }
    };
    EXPECT_EXIT(
        {
            ::alarm(10);
            ::dup2(STDERR_FILENO, STDOUT_FILENO);
            Watchdog watchdog;
            const HangsInItsEnd pool;
            EventLoops loops(1, watchdog);
            asio::post(loops.first(), [&] { loops.finish(20ms); });
            loops.run();
        },
        ExitedWithCode(0), "did not end in time");
}

TEST_F(EventLoopsTest, TheEndDoesNotWaitForAReaderOfTheLog) {
    EXPECT_EXIT(
        {
            ::alarm(10);  // a process that hangs ends by a signal
            stall_output();
            log::info("stuck");
            hang(nullptr);
        },
        ExitedWithCode(0), "");
}

}  // namespace
}  // namespace alma::app
