#include "auth/login_throttle.hpp"

#include "base/error.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/run_all.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace alma::auth {
namespace {

using namespace std::chrono_literals;

const LoginThrottle::Config default_config{.per_account = limits::Rate{.count = 20, .window = 1h},
                                           .secret = "secret"};

asio::ip::address address(const std::string& text) {
    return asio::ip::make_address(text);
}

/// How many of so many failing logins were admitted.
int failures_at(LoginThrottle& throttle, const std::string& from, const std::string& email, int tries) {
    int admitted = 0;
    for (int i = 0; i < tries; ++i) {
        try {
            LoginThrottle::Attempt attempt = run(throttle.admit(address(from), email));
            run(throttle.failed(std::move(attempt)));
            ++admitted;
        } catch (const Error& refusal) {
            EXPECT_EQ(refusal.kind(), ErrorKind::rate_limited);
        }
    }
    return admitted;
}

class LoginThrottleTest : public testing::Test {
protected:
    TestDatabase database;
    ManualClock clock;
    LoginThrottle throttle{default_config, clock, *database};

    int failures(const std::string& from, const std::string& email, int tries) {
        return failures_at(throttle, from, email, tries);
    }
    void succeed(const std::string& from, const std::string& email, std::int64_t user) {
        LoginThrottle::Attempt attempt = run(throttle.admit(address(from), email));
        run(throttle.succeeded(std::move(attempt), user));
    }
    std::int64_t known_logins() { return select_number(*database, "SELECT COUNT(*) FROM known_logins"); }
};

TEST_F(LoginThrottleTest, RefusesTheTwentyFirstFailureFromAnAddress) {
    EXPECT_EQ(failures("192.0.2.1", "ann@example.com", 30), 20);
    EXPECT_EQ(failures("192.0.2.1", "bob@example.com", 1), 1);
}

TEST_F(LoginThrottleTest, KeepsAnOwnerAtANewAddressAbleToLogInWhenOneStrangerGuesses) {
    EXPECT_EQ(failures("192.0.2.1", "ann@example.com", 100), 20);
    EXPECT_NO_THROW(run(throttle.admit(address("192.0.2.2"), "ann@example.com")));
}

TEST_F(LoginThrottleTest, RefusesTheEightyFirstFailureOfAnAccountWhicheverAddressItComesFrom) {
    for (int source = 1; source <= 4; ++source)
        EXPECT_EQ(failures("192.0.2." + std::to_string(source), "ann@example.com", 20), 20);
    EXPECT_EQ(failures("192.0.2.5", "ann@example.com", 1), 0);
    EXPECT_EQ(failures("192.0.2.5", "bob@example.com", 1), 1);
}

TEST_F(LoginThrottleTest, SaysWhenToComeBack) {
    failures("192.0.2.1", "ann@example.com", 20);
    clock.advance(59min);
    try {
        run(throttle.admit(address("192.0.2.1"), "ann@example.com"));
        FAIL() << "admitted";
    } catch (const Error& refusal) {
        EXPECT_EQ(refusal.kind(), ErrorKind::rate_limited);
        EXPECT_EQ(refusal.detail(), "Too many requests. Please try again later.");
        EXPECT_EQ(refusal.retry_after(), 60s);
    }
    clock.advance(1min);
    EXPECT_EQ(failures("192.0.2.1", "ann@example.com", 1), 1);
}

TEST_F(LoginThrottleTest, CountsNoLoginThatSucceeds) {
    const std::int64_t ann = insert_user(*database, {});
    for (int i = 0; i < 30; ++i)
        succeed("192.0.2.1", "ann@example.com", ann);
    EXPECT_EQ(failures("192.0.2.1", "ann@example.com", 30), 20);
}

TEST_F(LoginThrottleTest, KeepsAnOwnerAtAKnownAddressAbleToLogInWhateverStrangersDo) {
    const std::int64_t ann = insert_user(*database, {});
    succeed("192.0.2.1", "ann@example.com", ann);
    EXPECT_EQ(failures("198.51.100.1", "ann@example.com", 100), 20);
    EXPECT_EQ(failures("192.0.2.1", "ann@example.com", 19), 19);
    succeed("192.0.2.1", "ann@example.com", ann);
    EXPECT_EQ(failures("192.0.2.1", "ann@example.com", 10), 1);
}

TEST_F(LoginThrottleTest, KeepsAnOwnerAbleToLogInWhenStrangersShareTheAddress) {
    const std::int64_t ann = insert_user(*database, {});
    succeed("192.0.2.1", "ann@example.com", ann);
    for (int account = 0; account < 6; ++account)
        failures("192.0.2.1", std::to_string(account) + "@b.c", 20);
    EXPECT_EQ(failures("192.0.2.1", "bob@example.com", 1), 0);
    EXPECT_NO_THROW(succeed("192.0.2.1", "ann@example.com", ann));
}

TEST_F(LoginThrottleTest, CountsUnknownAccountsLikeKnownOnes) {
    insert_user(*database, {});
    EXPECT_EQ(failures("192.0.2.1", "ann@example.com", 30), failures("192.0.2.2", "nobody@example.com", 30));
}

TEST_F(LoginThrottleTest, RefusesASourceThatTriesManyAccounts) {
    int admitted = 0;
    for (int account = 0; account < 30; ++account)
        admitted += failures("2001:db8::" + std::to_string(account), std::to_string(account) + "@b.c", 5);
    EXPECT_EQ(admitted, 100);
    EXPECT_EQ(failures("2001:db8:0:1::1", "another@b.c", 1), 1);
}

TEST_F(LoginThrottleTest, LeavesTheSourceUncountedWhenTheAccountRefuses) {
    failures("192.0.2.1", "ann@example.com", 200);
    EXPECT_EQ(failures("192.0.2.1", "bob@example.com", 20), 20);
}

TEST_F(LoginThrottleTest, AdmitsNoMoreTriesAtTheSameTimeThanOneAfterTheOther) {
    std::vector<awaitable<LoginThrottle::Attempt>> tries;
    for (int i = 0; i < 64; ++i)
        tries.push_back(throttle.admit(address("192.0.2.1"), "ann@example.com"));
    auto outcomes = run_all(std::move(tries));
    EXPECT_EQ(std::ranges::count_if(outcomes, [](const auto& o) { return o.has_value(); }), 20);
    for (auto& outcome : outcomes) {
        if (outcome) run(throttle.withdraw(std::move(*outcome)));
    }
    // None came to a verdict: none counts.
    EXPECT_EQ(failures("192.0.2.1", "ann@example.com", 30), 20);
}

TEST_F(LoginThrottleTest, ForgetsNothingInARestart) {
    const std::int64_t ann = insert_user(*database, {});
    succeed("192.0.2.1", "ann@example.com", ann);
    failures("192.0.2.1", "ann@example.com", 15);
    failures("198.51.100.1", "ann@example.com", 12);

    LoginThrottle restarted(default_config, clock, *database);
    run(restarted.restore());
    EXPECT_EQ(failures_at(restarted, "192.0.2.1", "ann@example.com", 30), 5);
    EXPECT_EQ(failures_at(restarted, "198.51.100.1", "ann@example.com", 30), 8);
}

TEST_F(LoginThrottleTest, RemembersAKnownAddressOnceADay) {
    const std::int64_t ann = insert_user(*database, {});
    const auto last_seen_at = [&] {
        return run(database->search(db::sql("SELECT last_seen_at FROM known_logins")))
            .front()
            .get<Instant>(0);
    };
    succeed("192.0.2.1", "ann@example.com", ann);
    const Instant first = clock.now();
    EXPECT_EQ(last_seen_at(), first);
    clock.advance(23h);
    succeed("192.0.2.1", "ann@example.com", ann);
    EXPECT_EQ(last_seen_at(), first);
    clock.advance(1h);
    succeed("192.0.2.1", "ann@example.com", ann);
    EXPECT_EQ(last_seen_at(), clock.now());
    EXPECT_EQ(known_logins(), 1);
}

TEST_F(LoginThrottleTest, RemembersTheNewest64AddressesOfAUserForHalfAYear) {
    const std::int64_t ann = insert_user(*database, {});
    for (int i = 0; i < 70; ++i) {
        clock.advance(1s);
        succeed("192.0.2." + std::to_string(i), "ann@example.com", ann);
    }
    EXPECT_EQ(known_logins(), 64);
    clock.advance(24h * 181);
    succeed("198.51.100.1", "ann@example.com", ann);
    EXPECT_EQ(known_logins(), 1);
}

TEST_F(LoginThrottleTest, StoresNeitherAddressesNorAccounts) {
    failures("192.0.2.1", "ann@example.com", 1);
    const db::Rows rows = run(database->search(db::sql("SELECT source FROM limit_hits")));
    ASSERT_EQ(rows.size(), 3u);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto source = rows[i].get<std::string>(0);
        EXPECT_EQ(source.size(), 32u);
        EXPECT_EQ(source.find_first_not_of("0123456789abcdef"), std::string::npos) << source;
    }
}

TEST_F(LoginThrottleTest, AdmitsEverythingWhenItIsOff) {
    LoginThrottle off({.per_account = std::nullopt, .secret = "secret"}, clock, *database);
    run(off.restore());
    EXPECT_EQ(failures_at(off, "192.0.2.1", "ann@example.com", 200), 200);
    EXPECT_EQ(select_number(*database, "SELECT COUNT(*) FROM limit_hits"), 0);
}

}  // namespace
}  // namespace alma::auth
