#include "limits/limit.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"
#include "support/unreliable_database.hpp"

#include <gtest/gtest.h>

namespace alma::limits {
namespace {

using namespace std::chrono_literals;

class ProcessLimitTest : public testing::Test {
protected:
    TestDatabase database;
    ManualClock clock;
    const Rate rate{.count = 5, .window = 60s};

    std::unique_ptr<Limit> limit_of(const std::string& name, Rate its_rate) {
        return make_limit(name, its_rate, Scope::process, clock, *database);
    }
    /// As one that a process makes when it starts.
    std::unique_ptr<Limit> restarted(const std::string& name, Rate its_rate) {
        std::unique_ptr<Limit> limit = limit_of(name, its_rate);
        run(limit->restore());
        return limit;
    }
    void hit_and_keep(Limit& limit, const std::string& source) {
        Hit hit = run(limit.hit(source));
        ASSERT_TRUE(hit.allowance.is_allowed);
        run(limit.keep(std::move(hit)));
    }
    std::int64_t rows() { return select_number(*database, "SELECT COUNT(*) FROM limit_hits"); }
};

TEST_F(ProcessLimitTest, ForgetsNothingInARestart) {
    const auto before = limit_of("leads", rate);
    for (int i = 0; i < 3; ++i)
        hit_and_keep(*before, "a");
    clock.advance(10s);
    hit_and_keep(*before, "a");
    hit_and_keep(*before, "b");

    const auto after = restarted("leads", rate);
    EXPECT_EQ(after->look("a").remaining, 1u);
    EXPECT_EQ(after->look("b").remaining, 4u);
    clock.advance(50s);
    EXPECT_EQ(after->look("a").remaining, 4u);
}

TEST_F(ProcessLimitTest, WritesDownWhatIsKeptAndNothingElse) {
    const auto limit = limit_of("leads", rate);
    const Hit dropped = run(limit->hit("a"));
    EXPECT_EQ(limit->look("a").remaining, 4u);
    run(limit->take_back(dropped));
    EXPECT_EQ(limit->look("a").remaining, 5u);
    hit_and_keep(*limit, "a");
    EXPECT_EQ(rows(), 1);
}

TEST_F(ProcessLimitTest, CountsOnWhenAHitCannotBeWrittenDown) {
    UnreliableDatabase failing(*database);
    failing.fail("INSERT INTO limit_hits", 5, busy());
    const auto limit = make_limit("leads", rate, Scope::process, clock, failing);
    for (int i = 0; i < 5; ++i)
        hit_and_keep(*limit, "a");
    EXPECT_FALSE(run(limit->hit("a")).allowance.is_allowed);
}

TEST_F(ProcessLimitTest, KeepsLimitsApart) {
    const auto leads = limit_of("leads", rate);
    hit_and_keep(*leads, "a");
    const auto other = restarted("other", rate);
    EXPECT_EQ(other->look("a").remaining, 5u);
}

TEST_F(ProcessLimitTest, RestoresTheNewestHitsWhenTheRateBecameSmaller) {
    const auto before = limit_of("leads", rate);
    for (int i = 0; i < 5; ++i) {
        hit_and_keep(*before, "a");
        clock.advance(1s);
    }
    const auto after = restarted("leads", Rate{.count = 2, .window = 60s});
    EXPECT_EQ(after->look("a").retry_after, 58s);  // the fourth hit was 2 s ago
}

TEST_F(ProcessLimitTest, RestoresMoreRowsThanOnePageHolds) {
    run(database->write(db::sql(R"(
        WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 25000)
        INSERT INTO limit_hits (limit_name, source, hit_at) SELECT 'leads', 'source ' || n, $1 FROM number)",
                                clock.now())));
    const auto limit = restarted("leads", rate);
    for (const char* source : {"source 1", "source 10000", "source 10001", "source 25000"})
        EXPECT_EQ(limit->look(source).remaining, 4u) << source;
}

TEST_F(ProcessLimitTest, KeepsTheTableAsSmallAsTheWindow) {
    const auto limit = limit_of("leads", rate);
    for (int minute = 0; minute < 10; ++minute) {
        for (int i = 0; i < 5; ++i)
            hit_and_keep(*limit, "a");
        EXPECT_LE(rows(), 10);
        clock.advance(60s);
    }
    const auto after = restarted("leads", rate);
    EXPECT_EQ(rows(), 0);
}

}  // namespace
}  // namespace alma::limits
