/// Login throttles of several instances that share a database.
#include "auth/login_throttle.hpp"
#include "base/error.hpp"
#include "support/insert_user.hpp"
#include "support/postgresql_instances.hpp"
#include "support/run.hpp"
#include "support/run_all.hpp"
#include "support/unreliable_database.hpp"

#include <gtest/gtest.h>

namespace alma::auth {
namespace {

using namespace std::chrono_literals;

class PostgresqlLoginThrottleTest : public testing::Test {
protected:
    using Attempt = LoginThrottle::Attempt;
    static constexpr std::size_t count = 3;

    PostgresqlLoginThrottleTest() {
        for (std::size_t i = 0; i < count; ++i) {
            databases.emplace_back(instances[i]);
            throttles.push_back(std::make_unique<LoginThrottle>(
                LoginThrottle::Config{.per_account = limits::Rate{.count = 3, .window = 1h},
                                      .secret = "secret",
                                      .scope = limits::Scope::database},
                clock, databases.back()));
        }
    }

    awaitable<Attempt> admit(std::size_t instance, const std::string& from, const std::string& email) {
        return throttles[instance]->admit(asio::ip::make_address(from), email);
    }
    /// One after the other, over the instances in turn. @return how many were admitted
    int failures(const std::string& from, const std::string& email, std::size_t tries) {
        int admitted = 0;
        for (std::size_t i = 0; i < tries; ++i) {
            try {
                Attempt attempt = run(admit(i % count, from, email));
                run(throttles[i % count]->failed(std::move(attempt)));
                ++admitted;
            } catch (const Error& refusal) {
                EXPECT_EQ(refusal.kind(), ErrorKind::rate_limited);
                EXPECT_LE(refusal.retry_after(), 1h);
                EXPECT_GE(refusal.retry_after(), 59min);
            }
        }
        return admitted;
    }
    [[nodiscard]] std::string rows() const {
        return instances.place().run("SELECT count(*) FROM limit_hits");
    }

    PostgresqlInstances instances{count};
    SystemClock clock;
    std::deque<UnreliableDatabase> databases;
    std::vector<std::unique_ptr<LoginThrottle>> throttles;
};

TEST_F(PostgresqlLoginThrottleTest, AllowancesAreThoseOfAllInstancesTogether) {
    EXPECT_EQ(failures("192.0.2.1", "ann@example.com", 9), 3);
    EXPECT_EQ(failures("192.0.2.2", "ann@example.com", 9), 3);
    EXPECT_EQ(failures("192.0.2.3", "ann@example.com", 9), 3);
    EXPECT_EQ(failures("192.0.2.4", "ann@example.com", 9), 3);
    EXPECT_EQ(failures("192.0.2.5", "ann@example.com", 9), 0) << "strangers together have four times as much";
    for (int account = 0; account < 4; ++account)
        EXPECT_EQ(failures("192.0.2.1", std::to_string(account) + "@b.c", 9), 3);
    EXPECT_EQ(failures("192.0.2.1", "another@b.c", 9), 0) << "each has five times as much over all accounts";
}

TEST_F(PostgresqlLoginThrottleTest, OfTriesAtTheSameMomentExactlyTheAllowanceIsAdmitted) {
    std::vector<awaitable<Attempt>> tries;
    for (std::size_t i = 0; i < 90; ++i)
        tries.push_back(admit(i % count, "192.0.2." + std::to_string(i % 5), "ann@example.com"));
    std::ptrdiff_t admitted = 0;
    for (const auto& outcome : run_all(std::move(tries)))
        admitted += outcome ? 1 : 0;
    EXPECT_EQ(admitted, 12);
    // Those that the account refused are not held against their addresses.
    EXPECT_EQ(rows(), std::to_string(3 * 12));
}

TEST_F(PostgresqlLoginThrottleTest, SuccessesAndTriesWithoutAVerdictCountNowhere) {
    const std::int64_t ann = insert_user(instances[0], {});
    for (std::size_t i = 0; i < 9; ++i) {
        Attempt withdrawn = run(admit(i % count, "192.0.2.1", "bob@example.com"));
        run(throttles[i % count]->withdraw(std::move(withdrawn)));
        Attempt right = run(admit(i % count, "192.0.2.1", "ann@example.com"));
        run(throttles[i % count]->succeeded(std::move(right), ann));
    }
    EXPECT_EQ(rows(), "0");
}

TEST_F(PostgresqlLoginThrottleTest, AnOwnerIsKnownWhereverTheLoginWas) {
    const std::int64_t ann = insert_user(instances[0], {});
    Attempt right = run(admit(0, "192.0.2.99", "ann@example.com"));
    run(throttles[0]->succeeded(std::move(right), ann));
    for (int stranger = 1; stranger <= 5; ++stranger)
        failures("192.0.2." + std::to_string(stranger), "ann@example.com", 9);
    EXPECT_NO_THROW(run(admit(1, "192.0.2.99", "ann@example.com")));
    EXPECT_THROW(run(admit(1, "192.0.2.98", "ann@example.com")), Error);
}

TEST_F(PostgresqlLoginThrottleTest, AnAddressThatFailedTooOftenHereIsRefusedWithoutTheDatabase) {
    for (int i = 0; i < 3; ++i) {
        Attempt attempt = run(admit(0, "192.0.2.1", "ann@example.com"));
        run(throttles[0]->failed(std::move(attempt)));
    }
    databases[0].fail("", 1000, busy());
    try {
        run(admit(0, "192.0.2.1", "ann@example.com"));
        ADD_FAILURE() << "admitted";
    } catch (const Error& refusal) {
        EXPECT_EQ(refusal.kind(), ErrorKind::rate_limited);
    }
}

}  // namespace
}  // namespace alma::auth
