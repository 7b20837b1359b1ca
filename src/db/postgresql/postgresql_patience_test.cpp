/// What becomes of requests, and of sessions, when the server is slow or silent.
#include "base/error.hpp"
#include "db/outcome_unknown.hpp"
#include "db/postgresql/postgresql_database.hpp"
#include "support/postgresql_proxy.hpp"
#include "support/postgresql_server.hpp"
#include "support/run.hpp"
#include "support/wait_until.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace alma::db {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using Fate = PostgresqlProxy::Fate;

class PostgresqlPatienceTest : public testing::Test {
protected:
    PostgresqlPatienceTest() {
        place.run("CREATE TABLE items (name varchar(10)); INSERT INTO items VALUES ('a')");
    }

    void open(PostgresqlConfig config = {}) {
        if (config.uri.empty()) config.uri = place.uri();
        database.emplace(std::move(config));
    }
    void open_through_proxy(PostgresqlConfig config = {}) {
        config.uri = proxy->uri(place.name());
        open(std::move(config));
    }

    /// Several transactions at once, each on a connection of its own.
    struct Tally {
        int done = 0;
        int unknown = 0;
        int refused = 0;
    };
    Tally write_at_once(int count, std::string_view statement) {
        Tally tally;
        asio::io_context loop;
        for (int i = 0; i < count; ++i) {
            std::vector<Statement> transaction;
            transaction.push_back(sql(statement));
            transaction.push_back(sql("SELECT 1 FROM pg_sleep(0.1)"));
            asio::co_spawn(loop, database->write(std::move(transaction)),
                           [&](std::exception_ptr failure, const std::optional<std::vector<Rows>>&) {
                               count_in(tally, failure);
                           });
        }
        loop.run();
        return tally;
    }
    static void count_in(Tally& tally, const std::exception_ptr& failure) {
        try {
            if (failure) std::rethrow_exception(failure);
            ++tally.done;
        } catch (const OutcomeUnknown&) {
            ++tally.unknown;
        } catch (const Error&) {
            ++tally.refused;
        }
    }
    std::int64_t sessions() {
        return std::stoll(
            place.run("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                      "application_name = 'alma-leads'"));
    }

    TemporaryPostgresqlDatabase place;
    std::optional<PostgresqlProxy> proxy{std::in_place, PostgresqlServer::shared()};
    std::optional<PostgresqlDatabase> database;
};

constexpr std::string_view select_name = "SELECT name FROM items";
constexpr std::string_view insert_name = "INSERT INTO items VALUES ('b')";

TEST_F(PostgresqlPatienceTest, CommitsThatHangDoNotPileUpAsSessions) {
    place.run(R"(
        CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(3); RETURN NULL; END$$;
        CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION dawdle())");
    open({.uri = {}, .writers = 2, .longest_write = 1s});
    EXPECT_EQ(write_at_once(3, "SELECT 1").done, 3);
    EXPECT_EQ(write_at_once(2, insert_name).unknown, 2);
    // The sessions are still at it, and no others take their places.
    EXPECT_EQ(write_at_once(2, insert_name).refused, 2);
    EXPECT_EQ(sessions(), 2);
    EXPECT_TRUE(wait_until([&] { return write_at_once(1, "SELECT 1").done == 1; }));
    EXPECT_EQ(sessions(), 2);
}

TEST_F(PostgresqlPatienceTest, ACommitThatHangsDoesNotHoldUpTheEnd) {
    place.run(R"(
        CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(20); RETURN NULL; END$$;
        CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION dawdle())");
    open({.uri = {}, .longest_write = 700ms});
    EXPECT_EQ(write_at_once(1, insert_name).unknown, 1);
    const auto start = steady_clock::now();
    database.reset();
    EXPECT_LT(steady_clock::now() - start, 5s);
}

TEST_F(PostgresqlPatienceTest, AReadThatIsLateHarmsNoOtherOnItsConnection) {
    open();
    run([&]() -> awaitable<void> { co_await database->read(sql("SELECT 1")); });
    const auto own = "SELECT pg_backend_pid() FROM pg_sleep(1.5)";
    asio::io_context loop;
    std::int64_t before = 0;
    std::int64_t after = 0;
    bool is_ready = true;
    const auto one_after_the_other = [&]() -> awaitable<void> {
        before = (co_await database->read(sql("SELECT pg_backend_pid()"))).front()[0].integer();
        after = (co_await database->read(sql(own))).front()[0].integer();
    };
    asio::co_spawn(loop, one_after_the_other(), asio::detached);
    while (before == 0)
        loop.run_one();
    asio::co_spawn(loop, database->check(), [&](const std::exception_ptr& failure) { is_ready = !failure; });
    loop.run();
    EXPECT_FALSE(is_ready);
    EXPECT_EQ(after, before) << "it was asked again, on another connection";
}

TEST_F(PostgresqlPatienceTest, ACheckIsAnsweredInTimeBehindAnOlderRead) {
    proxy->judge_by([](std::string_view) { return Fate::swallow; });
    open_through_proxy();
    asio::io_context loop;
    asio::co_spawn(loop, database->read(sql("SELECT 1")), [](const std::exception_ptr&, const Rows&) {});
    const auto start = steady_clock::now();
    asio::co_spawn(loop, database->check(), [&](const std::exception_ptr& failure) {
        EXPECT_TRUE(failure);
        EXPECT_LT(steady_clock::now() - start, 2s);
        proxy.reset();  // the read need not wait any longer
    });
    loop.run();
}

TEST_F(PostgresqlPatienceTest, AChangeOfTheSchemaIsNobodysFailure) {
    constexpr int writers = 5;
    open({.uri = {}, .writers = writers});
    EXPECT_TRUE(wait_until([&] {
        write_at_once(writers, select_name);
        return sessions() == writers;
    }));
    EXPECT_EQ(write_at_once(writers, select_name).done, writers);  // each has prepared it
    place.run("ALTER TABLE items ALTER COLUMN name TYPE varchar(300)");
    for (int i = 0; i < writers; ++i)
        EXPECT_EQ(write_at_once(1, select_name).done, 1);
}

TEST_F(PostgresqlPatienceTest, AServerThatVanishedCostsOneWriteItsAnswerAndNotOneForEachConnection) {
    open_through_proxy({.uri = {}, .writers = 3, .longest_write = 800ms});
    EXPECT_TRUE(wait_until([&] {
        write_at_once(3, select_name);
        return sessions() == 3;
    }));
    proxy->silence_open_connections();
    EXPECT_EQ(write_at_once(1, select_name).unknown, 1);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(write_at_once(1, select_name).done, 1);
}

TEST_F(PostgresqlPatienceTest, AHostThatIsGoneIsTriedOnlyUntilAnotherOneAnswers) {
    proxy->judge_by([](std::string_view) { return Fate::swallow; });
    const PostgresqlProxy good(PostgresqlServer::shared());
    open({.uri = "postgresql://alma@127.0.0.1:" + std::to_string(proxy->port()) +
                 ",127.0.0.1:" + std::to_string(good.port()) + "/" + place.name() +
                 "?sslmode=disable&gssencmode=disable&connect_timeout=2"});
    run([&]() -> awaitable<void> {
        co_await database->read(sql("SELECT 1"));
        EXPECT_EQ(proxy->connections(), 1);
        EXPECT_GE(place.terminate_sessions(), 1);
        co_await database->read(sql("SELECT 1"));
        co_await database->search(sql("SELECT 1"));
    });
    EXPECT_EQ(proxy->connections(), 1);
}

}  // namespace
}  // namespace alma::db
