#include "limits/rate_limiter.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace alma::limits {
namespace {

using namespace std::chrono_literals;

class RateLimiterStoreTest : public testing::Test {
protected:
    TestDatabase database;
    ManualClock clock;
    const Rate rate{.count = 5, .window = 60s};

    void hit_and_remember(RateLimiter& limiter, const std::string& source) {
        ASSERT_TRUE(limiter.hit(source).is_allowed);
        run(limiter.remember(*database, source));
    }
    std::int64_t rows() { return select_number(*database, "SELECT COUNT(*) FROM limit_hits"); }
};

TEST_F(RateLimiterStoreTest, ForgetsNothingInARestart) {
    RateLimiter before("leads", rate, clock);
    for (int i = 0; i < 3; ++i)
        hit_and_remember(before, "a");
    clock.advance(10s);
    hit_and_remember(before, "a");
    hit_and_remember(before, "b");

    RateLimiter after("leads", rate, clock);
    run(after.restore(*database));
    EXPECT_EQ(after.look("a").remaining, 1u);
    EXPECT_EQ(after.look("b").remaining, 4u);
    clock.advance(50s);
    EXPECT_EQ(after.look("a").remaining, 4u);
}

TEST_F(RateLimiterStoreTest, KeepsLimitsApart) {
    RateLimiter leads("leads", rate, clock);
    hit_and_remember(leads, "a");
    RateLimiter other("other", rate, clock);
    run(other.restore(*database));
    EXPECT_EQ(other.look("a").remaining, 5u);
}

TEST_F(RateLimiterStoreTest, RestoresTheNewestHitsWhenTheRateBecameSmaller) {
    RateLimiter before("leads", rate, clock);
    for (int i = 0; i < 5; ++i) {
        hit_and_remember(before, "a");
        clock.advance(1s);
    }
    RateLimiter after("leads", Rate{.count = 2, .window = 60s}, clock);
    run(after.restore(*database));
    EXPECT_EQ(after.look("a").retry_after, 58s);  // the fourth hit was 2 s ago
}

TEST_F(RateLimiterStoreTest, RestoresMoreRowsThanOnePageHolds) {
    run(database->write(db::sql(R"(
        WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 25000)
        INSERT INTO limit_hits (limit_name, source, hit_at) SELECT 'leads', 'source ' || n, $1 FROM number)",
                                clock.now())));
    RateLimiter limiter("leads", rate, clock);
    run(limiter.restore(*database));
    for (const char* source : {"source 1", "source 10000", "source 10001", "source 25000"})
        EXPECT_EQ(limiter.look(source).remaining, 4u) << source;
}

TEST_F(RateLimiterStoreTest, KeepsTheTableAsSmallAsTheWindow) {
    RateLimiter limiter("leads", rate, clock);
    for (int minute = 0; minute < 10; ++minute) {
        for (int i = 0; i < 5; ++i)
            hit_and_remember(limiter, "a");
        EXPECT_LE(rows(), 10);
        clock.advance(60s);
    }
    RateLimiter after("leads", rate, clock);
    run(after.restore(*database));
    EXPECT_EQ(rows(), 0);
}

}  // namespace
}  // namespace alma::limits
