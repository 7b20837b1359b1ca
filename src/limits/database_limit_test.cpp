/// Limits of several instances that share a database.
#include "base/error.hpp"
#include "db/outcome_unknown.hpp"
#include "limits/limit.hpp"
#include "support/manual_clock.hpp"
#include "support/postgresql_instances.hpp"
#include "support/run.hpp"
#include "support/run_all.hpp"
#include "support/unreliable_database.hpp"

#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include <thread>

namespace alma::limits {
namespace {

using namespace std::chrono_literals;

constexpr Rate five_a_minute{.count = 5, .window = 60s};

/// The database's clock does not stand still for a test.
testing::AssertionResult is_about(std::chrono::seconds wait, std::chrono::seconds expected) {
    if (wait <= expected && wait > expected - 8s) return testing::AssertionSuccess();
    return testing::AssertionFailure() << wait.count() << " s";
}

/// Another transaction that has locked all hits there are, for four seconds.
class RowHolder {
public:
    explicit RowHolder(PostgresqlInstances& databases) {
        asio::co_spawn(loop_, hold_rows(databases[1]), asio::detached);
        thread_ = std::jthread([this] { loop_.run(); });
        while (databases.place().run("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND "
                                     "datname = current_database()") != "1")
            std::this_thread::sleep_for(10ms);
    }

private:
    static awaitable<void> hold_rows(db::Database& database) {
        std::vector<db::Statement> transaction;
        transaction.push_back(db::sql("SELECT id FROM limit_hits FOR UPDATE"));
        transaction.push_back(db::sql("SELECT pg_sleep(4)"));
        co_await database.write(std::move(transaction));
    }

    asio::io_context loop_;
    std::jthread thread_;
};

class PostgresqlLimitTest : public testing::Test {
protected:
    static constexpr std::size_t count = 3;

    struct Instance {
        explicit Instance(db::Database& real) : database(real) {}
        ManualClock clock;
        UnreliableDatabase database;
        std::unique_ptr<Limit> limit = make_limit("leads", five_a_minute, Scope::database, clock, database);
    };

    PostgresqlLimitTest() {
        for (std::size_t i = 0; i < count; ++i)
            instances.emplace_back(databases[i]);
    }

    Allowance hit(std::size_t instance, const std::string& source = "a") {
        return run(instances[instance].limit->hit(source)).allowance;
    }
    int allowed(std::size_t instance, int tries, const std::string& source = "a") {
        int hits = 0;
        for (int i = 0; i < tries; ++i)
            hits += hit(instance, source).is_allowed ? 1 : 0;
        return hits;
    }
    /// Time passes for the database's clock, as far as hits know it, and for that of each instance.
    void pass(std::chrono::seconds time) {
        databases.place().run("UPDATE limit_hits SET hit_at = hit_at - interval '" +
                              std::to_string(time.count()) + " s'");
        for (Instance& instance : instances)
            instance.clock.advance(time);
    }
    [[nodiscard]] std::string rows() const {
        return databases.place().run("SELECT count(*) FROM limit_hits");
    }
    void leave_behind(int old_hits) {
        databases.place().run(
            "INSERT INTO limit_hits (limit_name, source, hit_at) "
            "SELECT 'leads', 'left behind', now() - interval '1 day' FROM generate_series(1, " +
            std::to_string(old_hits) + ")");
    }
    /// Whatever asks the database from now on fails.
    void cut_off(std::size_t instance) { instances[instance].database.fail("", 1000, busy()); }

    PostgresqlInstances databases{count};
    std::deque<Instance> instances;
};

TEST_F(PostgresqlLimitTest, AllowsExactlyTheRateOverAllInstancesAtTheSameMoment) {
    for (const char* source : {"a", "b", "c", "d", "e"}) {
        std::vector<awaitable<Hit>> hits;
        for (std::size_t i = 0; i < 60; ++i)
            hits.push_back(instances[i % count].limit->hit(source));
        int admitted = 0;
        for (const auto& outcome : run_all(std::move(hits))) {
            ASSERT_TRUE(outcome) << outcome.error().detail();
            admitted += outcome->allowance.is_allowed ? 1 : 0;
            if (!outcome->allowance.is_allowed) EXPECT_TRUE(is_about(outcome->allowance.retry_after, 60s));
        }
        EXPECT_EQ(admitted, 5);
    }
    EXPECT_EQ(rows(), "25");
}

TEST_F(PostgresqlLimitTest, SaysWhatRemainsAndHowLongToWaitAsOneInstanceDoes) {
    for (const std::size_t remaining : {4u, 3u, 2u, 1u}) {
        const Allowance allowance = hit(remaining % count);
        EXPECT_TRUE(allowance.is_allowed);
        EXPECT_EQ(allowance.remaining, remaining);
        EXPECT_EQ(allowance.retry_after, 0s);
        if (remaining == 4) pass(10s);
    }
    const Allowance last = hit(0);
    EXPECT_TRUE(last.is_allowed);
    EXPECT_EQ(last.remaining, 0u);
    EXPECT_TRUE(is_about(last.retry_after, 50s));
    const Allowance refused = hit(1);
    EXPECT_FALSE(refused.is_allowed);
    EXPECT_EQ(refused.remaining, 0u);
    EXPECT_TRUE(is_about(refused.retry_after, 50s));
}

TEST_F(PostgresqlLimitTest, SlidesItsWindow) {
    EXPECT_EQ(allowed(0, 2), 2);
    pass(30s);
    EXPECT_EQ(allowed(1, 7), 3);
    pass(30s);
    EXPECT_EQ(allowed(2, 7), 2);
    EXPECT_TRUE(is_about(hit(0).retry_after, 30s));
}

TEST_F(PostgresqlLimitTest, CountsByTheDatabasesClockWhateverTheInstancesThinkTheTimeIs) {
    instances[1].clock.advance(24h);
    instances[2].clock.advance(-24h);
    EXPECT_EQ(allowed(0, 2) + allowed(1, 2) + allowed(2, 2), 5);
    EXPECT_TRUE(is_about(hit(1).retry_after, 60s));
    EXPECT_TRUE(is_about(hit(2).retry_after, 60s));
}

TEST_F(PostgresqlLimitTest, AHitThatIsTakenBackIsFreeEverywhere) {
    Hit dropped = run(instances[0].limit->hit("a"));
    EXPECT_EQ(allowed(0, 4), 4);
    EXPECT_FALSE(hit(1).is_allowed);
    run(instances[0].limit->take_back(std::move(dropped)));
    EXPECT_EQ(rows(), "4");
    instances[1].clock.advance(1s);
    EXPECT_EQ(allowed(1, 2), 1);
}

TEST_F(PostgresqlLimitTest, AHitThatIsKeptIsThereForAnInstanceThatStartsLater) {
    for (int i = 0; i < 5; ++i) {
        Hit kept = run(instances[0].limit->hit("a"));
        run(instances[0].limit->keep(std::move(kept)));
    }
    const auto later = make_limit("leads", five_a_minute, Scope::database, instances[1].clock, databases[1]);
    run(later->restore());
    EXPECT_FALSE(run(later->hit("a")).allowance.is_allowed);
}

TEST_F(PostgresqlLimitTest, KeepsSourcesAndLimitsApart) {
    EXPECT_EQ(allowed(0, 6, "a"), 5);
    EXPECT_EQ(allowed(0, 6, "b"), 5);
    const auto other = make_limit("other", five_a_minute, Scope::database, instances[0].clock, databases[0]);
    EXPECT_EQ(run(other->hit("a")).allowance.remaining, 4u);
}

TEST_F(PostgresqlLimitTest, ASourceThatUsedUpItsRateHereIsRefusedWithoutTheDatabase) {
    EXPECT_EQ(allowed(0, 5), 5);
    cut_off(0);
    instances[0].clock.advance(59s);
    EXPECT_EQ(allowed(0, 100), 0);
    EXPECT_EQ(hit(0).retry_after, 1s);
    EXPECT_FALSE(instances[0].limit->look("a").is_allowed);
    instances[0].clock.advance(1s);
    EXPECT_THROW(hit(0), Error);
}

TEST_F(PostgresqlLimitTest, ASourceThatUsedUpItsRateElsewhereIsAskedAboutOnceASecond) {
    EXPECT_EQ(allowed(0, 5), 5);
    EXPECT_TRUE(instances[1].limit->look("a").is_allowed) << "nobody has told it";
    EXPECT_FALSE(hit(1).is_allowed);
    cut_off(1);
    EXPECT_EQ(allowed(1, 100), 0);
    EXPECT_TRUE(is_about(hit(1).retry_after, 60s));
    EXPECT_FALSE(instances[1].limit->look("a").is_allowed);
    instances[1].clock.advance(1s);
    EXPECT_THROW(hit(1), Error);
}

TEST_F(PostgresqlLimitTest, WhenTheDatabaseIsAwayNothingIsCounted) {
    instances[0].database.fail("INSERT INTO limit_hits", 10, busy());
    for (int i = 0; i < 10; ++i)
        EXPECT_THROW(hit(0), Error);
    EXPECT_EQ(allowed(0, 7), 5);
}

TEST_F(PostgresqlLimitTest, AnUnknownOutcomeIsARefusalThatSpeaksOfNothingStored) {
    instances[0].database.fail("INSERT INTO limit_hits", 1, std::make_exception_ptr(db::OutcomeUnknown()));
    try {
        hit(0);
        ADD_FAILURE() << "allowed";
    } catch (const db::OutcomeUnknown&) {
        ADD_FAILURE() << "nothing was to be stored";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
        EXPECT_TRUE(error.retry_after());
    }
}

TEST_F(PostgresqlLimitTest, AHitThatCannotBeTakenBackStaysAndNobodyHearsOfIt) {
    Hit dropped = run(instances[0].limit->hit("a"));
    instances[0].database.fail("DELETE", 1, busy());
    EXPECT_NO_THROW(run(instances[0].limit->take_back(std::move(dropped))));
    EXPECT_EQ(rows(), "1");
}

TEST_F(PostgresqlLimitTest, NobodyWaitsLongerThanTwoSecondsForAHitToBeTakenBack) {
    Hit dropped = run(instances[0].limit->hit("a"));
    const RowHolder holder(databases);

    const auto begin = std::chrono::steady_clock::now();
    std::chrono::steady_clock::duration taken{};
    run([&]() -> awaitable<void> {
        co_await instances[0].limit->take_back(dropped);
        taken = std::chrono::steady_clock::now() - begin;
    });
    EXPECT_GE(taken, 1900ms);
    EXPECT_LT(taken, 3500ms);
}

TEST_F(PostgresqlLimitTest, KeepsTheTableAsSmallAsTheWindow) {
    for (int minute = 0; minute < 10; ++minute) {
        EXPECT_EQ(allowed(0, 3) + allowed(1, 3), 5);
        EXPECT_LE(std::stoi(rows()), 10);
        pass(60s);
    }
}

TEST_F(PostgresqlLimitTest, DeletesAtEachHitAFewOthersThanThoseThatAreBeingDeleted) {
    leave_behind(200);
    std::vector<awaitable<Hit>> hits;
    for (std::size_t i = 0; i < 12; ++i)
        hits.push_back(instances[i % count].limit->hit(std::to_string(i)));
    for (const auto& outcome : run_all(std::move(hits)))
        EXPECT_TRUE(outcome && outcome->allowance.is_allowed);
    EXPECT_EQ(rows(), std::to_string(200 + 12 - 12 * 8));
}

TEST_F(PostgresqlLimitTest, WaitsForNobodyWhoIsDeletingOldHits) {
    leave_behind(100);
    const RowHolder holder(databases);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(hit(0).is_allowed);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
}

TEST_F(PostgresqlLimitTest, DeletesAtItsStartAllThatIsOver) {
    leave_behind(20'500);
    hit(0);
    run(instances[1].limit->restore());
    EXPECT_EQ(rows(), "1");
}

TEST_F(PostgresqlLimitTest, KeepsNobodyWaitingForTimesThatAnotherServersClockMadeUp) {
    EXPECT_EQ(allowed(0, 5), 5);
    databases.place().run("UPDATE limit_hits SET hit_at = hit_at + interval '30 s'");
    EXPECT_TRUE(is_about(hit(1).retry_after, 60s));
    databases.place().run("UPDATE limit_hits SET hit_at = hit_at + interval '1 day'");
    EXPECT_EQ(allowed(2, 6), 5);
}

TEST_F(PostgresqlLimitTest, CountsTheNewestHitsWhenTheRateBecameSmaller) {
    EXPECT_EQ(allowed(0, 4), 4);
    pass(10s);
    EXPECT_EQ(allowed(0, 1), 1);
    const auto smaller =
        make_limit("leads", {.count = 2, .window = 60s}, Scope::database, instances[1].clock, databases[1]);
    EXPECT_TRUE(is_about(run(smaller->hit("a")).allowance.retry_after, 50s));
}

TEST_F(PostgresqlLimitTest, LetsOnlyItsOwnTransactionsCommitWithoutTheDisk) {
    hit(0);
    const db::Rows rows = run(databases[0].write(db::sql("SELECT current_setting('synchronous_commit')")));
    EXPECT_EQ(rows.front().get<std::string>(0), "on");
}

TEST(PostgresqlLimitDurabilityTest, NobodyWaitsForADiskOrAStandby) {
    PostgresqlServer server;
    const TemporaryPostgresqlDatabase place(server);
    db::migrate_up(*db::postgresql_migration_target(place.uri()), db::postgresql_migrations(), SystemClock());
    db::PostgresqlDatabase database({.uri = place.uri(), .longest_write = 3s});
    place.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    place.run("SELECT pg_reload_conf()");
    const auto write_until_nobody_confirms = [&] {
        while (true)
            run(database.write(
                db::sql("INSERT INTO limit_hits (limit_name, source, hit_at) VALUES ('other', 'a', now())")));
    };
    EXPECT_THROW(write_until_nobody_confirms(), db::OutcomeUnknown);

    SystemClock clock;
    const auto limit = make_limit("leads", five_a_minute, Scope::database, clock, database);
    Hit hit = run(limit->hit("a"));
    EXPECT_TRUE(hit.allowance.is_allowed);
    run(limit->take_back(std::move(hit)));
    EXPECT_EQ(place.run("SELECT count(*) FROM limit_hits WHERE limit_name = 'leads'"), "0");

    place.run("ALTER SYSTEM RESET synchronous_standby_names");
    place.run("SELECT pg_reload_conf()");
}

}  // namespace
}  // namespace alma::limits
