#include "db/postgresql/postgresql_alarm.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <optional>

namespace alma::db {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

class PostgresqlAlarmTest : public testing::Test {
protected:
    asio::io_context loop;
    int rings = 0;
    std::optional<PostgresqlAlarm> alarm{std::in_place, loop.get_executor(), [this] { ++rings; }};
    const steady_clock::time_point start = steady_clock::now();

    void run() {
        loop.restart();
        loop.run();
    }
};

TEST_F(PostgresqlAlarmTest, RingsOnceAtTheEarliestTime) {
    alarm->ring_by(start + 1h);
    alarm->ring_by(start + 20ms);
    alarm->ring_by(start + 2h);
    run();
    EXPECT_EQ(rings, 1);
    EXPECT_GE(steady_clock::now(), start + 20ms);
}

TEST_F(PostgresqlAlarmTest, CanBeSetAgain) {
    alarm->ring_by(start);
    run();
    alarm->ring_by(start);
    alarm->cancel();
    alarm->ring_by(start);
    run();
    EXPECT_EQ(rings, 2);
}

TEST_F(PostgresqlAlarmTest, KeepsNoLoopAliveOnceItIsCancelledOrGone) {
    alarm->ring_by(start + 1h);
    alarm->cancel();
    run();
    alarm->ring_by(start + 1h);
    alarm.reset();
    run();
    EXPECT_EQ(rings, 0);
}

}  // namespace
}  // namespace alma::db
