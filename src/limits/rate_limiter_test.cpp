#include "limits/rate_limiter.hpp"

#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#include <sanitizer/allocator_interface.h>
#else
#include <malloc.h>
#endif

namespace alma::limits {
namespace {

using namespace std::chrono_literals;

std::size_t allocated_bytes() {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return __sanitizer_get_current_allocated_bytes();  // mallinfo2 tells nothing there
#else
    return mallinfo2().uordblks;
#endif
}

constexpr std::size_t max_sources = RateLimiterBounds().sources;

class RateLimiterTest : public testing::Test {
protected:
    ManualClock clock;
    RateLimiter limiter{Rate{.count = 5, .window = 60s}, clock};

    int hits_allowed(const std::string& source, int tries) {
        int allowed = 0;
        for (int i = 0; i < tries; ++i)
            allowed += limiter.hit(source).is_allowed ? 1 : 0;
        return allowed;
    }
};

TEST_F(RateLimiterTest, AllowsExactlyTheRate) {
    EXPECT_EQ(hits_allowed("a", 7), 5);
    EXPECT_EQ(hits_allowed("b", 7), 5);
}

TEST_F(RateLimiterTest, SaysWhatRemainsAndHowLongToWait) {
    EXPECT_EQ(limiter.hit("a").remaining, 4u);
    clock.advance(10s);
    hits_allowed("a", 3);
    const Allowance last = limiter.hit("a");
    EXPECT_TRUE(last.is_allowed);
    EXPECT_EQ(last.remaining, 0u);
    EXPECT_EQ(last.retry_after, 50s);
    clock.advance(100ms);
    const Allowance refused = limiter.hit("a");
    EXPECT_FALSE(refused.is_allowed);
    EXPECT_EQ(refused.retry_after, 50s);  // 49.9 s, rounded up
}

TEST_F(RateLimiterTest, IsExactAtBothEndsOfTheSlidingWindow) {
    hits_allowed("a", 4);
    clock.advance(30s);
    hits_allowed("a", 1);
    clock.advance(30s - 1us);
    EXPECT_FALSE(limiter.hit("a").is_allowed);
    clock.advance(1us);
    EXPECT_EQ(hits_allowed("a", 7), 4);  // the one at 30 s still counts
    EXPECT_EQ(limiter.hit("a").retry_after, 30s);
}

TEST_F(RateLimiterTest, CountsNoHitThatItRefuses) {
    hits_allowed("a", 5);
    clock.advance(59s);
    hits_allowed("a", 100);
    clock.advance(1s);
    EXPECT_TRUE(limiter.hit("a").is_allowed);
}

TEST_F(RateLimiterTest, CountsNothingForALook) {
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(limiter.look("a").remaining, 5u);
    hits_allowed("a", 5);
    EXPECT_FALSE(limiter.look("a").is_allowed);
    EXPECT_EQ(limiter.look("a").retry_after, 60s);
    clock.advance(60s);
    EXPECT_TRUE(limiter.look("a").is_allowed);
}

TEST_F(RateLimiterTest, TakesAHitBack) {
    hits_allowed("a", 5);
    limiter.take_back("a");
    EXPECT_EQ(hits_allowed("a", 2), 1);
    for (int i = 0; i < 7; ++i)
        limiter.take_back("a");
    limiter.take_back("never seen");
    EXPECT_EQ(hits_allowed("a", 7), 5);
}

TEST_F(RateLimiterTest, CountsTheNewestOfTheHitsBeforeARestart) {
    for (int i = 0; i < 7; ++i) {
        limiter.restore_hit("a", clock.now());
        clock.advance(1s);
    }
    limiter.restore_hit("b", clock.now());
    EXPECT_EQ(limiter.look("a").retry_after, 55s);  // the third was 5 s ago
    EXPECT_EQ(limiter.look("b").remaining, 4u);
}

TEST_F(RateLimiterTest, KeepsNobodyWaitingLongerThanAWindowWhenTheClockIsSetBack) {
    hits_allowed("a", 5);
    clock.advance(-24h);
    const Allowance refused = limiter.hit("a");
    EXPECT_FALSE(refused.is_allowed);
    EXPECT_EQ(refused.retry_after, 60s);
    clock.advance(60s);
    EXPECT_TRUE(limiter.hit("a").is_allowed);
}

TEST_F(RateLimiterTest, ForgetsTheSourceWhoseLastHitIsLongestAgoWhenAllAreInUse) {
    hits_allowed("first", 5);
    hits_allowed("second", 5);
    for (std::size_t i = 0; i < max_sources - 2; ++i)
        limiter.hit("filler " + std::to_string(i));
    EXPECT_FALSE(limiter.look("first").is_allowed);
    limiter.hit("one too many");
    EXPECT_TRUE(limiter.look("first").is_allowed);
    EXPECT_FALSE(limiter.look("second").is_allowed);
}

TEST_F(RateLimiterTest, BoundsTheHitsOfAllSourcesToo) {
    constexpr std::size_t count = 100;
    constexpr std::size_t full_sources = 20;
    RateLimiter generous(Rate{.count = count, .window = 1h}, clock, {.hits = full_sources * count});
    for (std::size_t i = 0; i <= full_sources; ++i) {
        const std::string source = std::to_string(i);
        for (std::size_t hit = 0; hit < count; ++hit)
            generous.hit(source);
    }
    EXPECT_EQ(generous.look("0").remaining, count);
    EXPECT_EQ(generous.look("1").remaining, 0u);
}

TEST_F(RateLimiterTest, TakesAtMost16MiBHoweverManySourcesUseUpFivePerMinute) {
    const std::size_t before = allocated_bytes();
    for (std::size_t i = 0; i < max_sources + max_sources / 4; ++i)
        hits_allowed(std::to_string(i), 5);
    const std::size_t taken = allocated_bytes() - before;
    EXPECT_GE(taken, max_sources * 5 * sizeof(Instant));  // else nothing was measured
    EXPECT_LE(taken, 16u * 1024 * 1024);
}

TEST_F(RateLimiterTest, AdmitsNoMoreFromManyThreads) {
    std::atomic<int> allowed = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] { allowed += hits_allowed("a", 1000); });
    }
    EXPECT_EQ(allowed, 5);
}

}  // namespace
}  // namespace alma::limits
