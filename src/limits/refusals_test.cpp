#include "limits/refusals.hpp"

#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

namespace alma::limits {
namespace {

using namespace std::chrono_literals;

class RefusalsTest : public testing::Test {
protected:
    RefusalsTest() { clock.set(std::chrono::floor<std::chrono::seconds>(clock.now())); }

    ManualClock clock;
    Refusals refusals{clock};
};

TEST_F(RefusalsTest, AreBelievedUntilTheSecondEnds) {
    const Instant until = clock.now() + 1h;
    refusals.remember("a", until);
    EXPECT_EQ(refusals.find("a"), until);
    EXPECT_FALSE(refusals.find("b"));
    clock.advance(999'999us);
    EXPECT_EQ(refusals.find("a"), until);
    clock.advance(1us);
    EXPECT_FALSE(refusals.find("a"));
}

TEST_F(RefusalsTest, AreOverWhenTheSourceMayComeBack) {
    refusals.remember("a", clock.now() + 200ms);
    clock.advance(200ms - 1us);
    EXPECT_TRUE(refusals.find("a"));
    clock.advance(1us);
    EXPECT_FALSE(refusals.find("a"));
}

TEST_F(RefusalsTest, TakeTheNewestWord) {
    refusals.remember("a", clock.now() + 10s);
    refusals.remember("a", clock.now() + 20s);
    EXPECT_EQ(refusals.find("a"), clock.now() + 20s);
}

TEST_F(RefusalsTest, AreBoundedWithinASecond) {
    const Instant until = clock.now() + 1h;
    for (int i = 0; i < 8'192; ++i)
        refusals.remember(std::to_string(i), until);
    refusals.remember("one too many", until);
    EXPECT_TRUE(refusals.find("8191"));
    EXPECT_FALSE(refusals.find("one too many"));
    clock.advance(1s);
    refusals.remember("one too many", until);
    EXPECT_TRUE(refusals.find("one too many"));
}

}  // namespace
}  // namespace alma::limits
