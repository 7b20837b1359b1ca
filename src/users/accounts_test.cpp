#include "users/accounts.hpp"

#include "auth/password.hpp"
#include "base/error.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/run_all.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <semaphore>
#include <thread>

namespace alma::users {
namespace {

using namespace std::chrono_literals;

constexpr const char* second_initial =
    "Initial user already exists. Use /users/ endpoint with authentication.";

class AccountsTest : public testing::Test {
protected:
    TestDatabase database;
    ManualClock clock;
    WorkerPool passwords{"passwords", 2, 16};
    Accounts accounts{*database, passwords, clock};

    /// A pool that refuses all work shows that nothing was hashed.
    WorkerPool refusing_pool{"refusing", 1, 0};
    Accounts unhashing{*database, refusing_pool, clock};

    template <class T>
    static std::string refusal_of(awaitable<T> task, ErrorKind kind = ErrorKind::invalid) {
        try {
            run(std::move(task));
            return "no refusal";
        } catch (const Error& refusal) {
            EXPECT_EQ(refusal.kind(), kind) << refusal.detail();
            return refusal.detail();
        }
    }
    std::string stored_hash(const std::string& email) {
        return run(database->read(db::sql("SELECT hashed_password FROM users WHERE email = $1", email)))
            .front()
            .get<std::string>(0);
    }
};

TEST_F(AccountsTest, TheFirstUserIsAnActiveAdmin) {
    EXPECT_TRUE(run(accounts.is_empty()));
    const User first = run(accounts.create_initial("Admin@Example.com", cheap_password));
    EXPECT_EQ(first.id, 1);
    EXPECT_EQ(first.email, "Admin@Example.com");
    EXPECT_EQ(first.role, http::Role::admin);
    EXPECT_TRUE(first.is_active);
    EXPECT_EQ(first.created_at, clock.now());
    EXPECT_EQ(first.updated_at, clock.now());
    EXPECT_FALSE(run(accounts.is_empty()));
    EXPECT_EQ(auth::verify_password(cheap_password, stored_hash("Admin@Example.com")),
              auth::PasswordCheck::right);
}

TEST_F(AccountsTest, ASecondInitialUserIsRefusedBeforeAnythingElseAndUnhashed) {
    insert_user(*database, {.is_active = false});
    EXPECT_EQ(refusal_of(unhashing.create_initial("b@example.com", cheap_password)), second_initial);
    EXPECT_EQ(refusal_of(unhashing.create_initial("no e-mail", "short")), second_initial);
}

TEST_F(AccountsTest, AFailedInitialUserLeavesTheTurnToTheNext) {
    EXPECT_EQ(refusal_of(accounts.create_initial("no e-mail", cheap_password)), "Invalid email format");
    refusal_of(unhashing.create_initial("a@example.com", cheap_password), ErrorKind::unavailable);
    refusal_of(unhashing.create_initial("a@example.com", cheap_password), ErrorKind::unavailable);
    EXPECT_NO_THROW(run(accounts.create_initial("a@example.com", cheap_password)));
}

TEST_F(AccountsTest, OneOfAHundredParallelCallsMakesTheFirstUser) {
    // Two processes' worth of accounts, each called from two threads.
    Accounts other_process(*database, passwords, clock);
    std::mutex mutex;
    std::vector<std::string> outcomes;
    {
        std::vector<std::jthread> threads;
        for (Accounts* callee : {&accounts, &other_process, &accounts, &other_process}) {
            threads.emplace_back([&, callee] {
                std::vector<awaitable<User>> calls;
                for (int i = 0; i < 25; ++i)
                    calls.push_back(callee->create_initial("admin@example.com", cheap_password));
                for (const auto& outcome : run_all(std::move(calls))) {
                    const std::lock_guard lock(mutex);
                    outcomes.push_back(outcome ? "created" : outcome.error().detail());
                }
            });
        }
    }
    EXPECT_EQ(std::ranges::count(outcomes, "created"), 1);
    EXPECT_EQ(std::ranges::count(outcomes, second_initial), 99);
    EXPECT_EQ(run(accounts.list()).size(), 1u);
}

TEST_F(AccountsTest, AnInitialUserDoesNotWaitForeverForAnother) {
    WorkerPool stuck("stuck", 1, 16);
    Accounts waiting(*database, stuck, clock);
    std::binary_semaphore release(0);
    stuck.post([&] { release.acquire(); });
    std::vector<awaitable<User>> calls;
    calls.push_back(waiting.create_initial("a@example.com", cheap_password));
    calls.push_back([](Accounts& callee, std::binary_semaphore& stuck_job) -> awaitable<User> {
        try {
            co_return co_await callee.create_initial("b@example.com", cheap_password);
        } catch (...) {
            stuck_job.release();
            throw;
        }
    }(waiting, release));
    const auto outcomes = run_all(std::move(calls));
    ASSERT_EQ(outcomes.size(), 2u);
    ASSERT_FALSE(outcomes[0]);
    EXPECT_EQ(outcomes[0].error().kind(), ErrorKind::unavailable);
    EXPECT_TRUE(outcomes[1]);
}

TEST_F(AccountsTest, AUserHasTheRoleThatWasAskedFor) {
    EXPECT_EQ(run(accounts.create("a@example.com", cheap_password, "ATTORNEY")).role, http::Role::attorney);
    EXPECT_EQ(run(accounts.create("b@example.com", cheap_password, "ADMIN")).role, http::Role::admin);
}

TEST_F(AccountsTest, RefusalsComeInTheOrderOfTheContractAndUnhashed) {
    insert_user(*database, {});
    EXPECT_EQ(refusal_of(unhashing.create("ann@example", "short", "BOSS")), "Invalid email format");
    EXPECT_EQ(refusal_of(unhashing.create("ann@example.com", "short", "BOSS")), "Email already exists");
    EXPECT_EQ(refusal_of(unhashing.create("bob@example.com", "short", "BOSS")),
              "Invalid role. Must be 'ATTORNEY' or 'ADMIN'");
    for (const char* role : {"attorney", "", "ADMIN "})
        EXPECT_EQ(refusal_of(unhashing.create("bob@example.com", cheap_password, role)),
                  "Invalid role. Must be 'ATTORNEY' or 'ADMIN'");
}

TEST_F(AccountsTest, AnEmailIsUniqueWithoutRegardToCase) {
    insert_user(*database, {.email = "Łukasz@Example.com"});
    EXPECT_EQ(refusal_of(unhashing.create("łUKASZ@EXAMPLE.COM", cheap_password, "ADMIN")),
              "Email already exists");
}

TEST_F(AccountsTest, OneOfManyParallelCallsMakesAUser) {
    std::vector<awaitable<User>> calls;
    for (int i = 0; i < 6; ++i)
        calls.push_back(
            accounts.create(i % 2 ? "ann@example.com" : "ANN@example.com", cheap_password, "ADMIN"));
    int created = 0;
    for (const auto& outcome : run_all(std::move(calls))) {
        created += outcome ? 1 : 0;
        if (!outcome) EXPECT_EQ(outcome.error().detail(), "Email already exists");
    }
    EXPECT_EQ(created, 1);
}

TEST_F(AccountsTest, APasswordHas8To128CharactersAndNotBytes) {
    const auto try_password = [&](const std::string& password) {
        return refusal_of(unhashing.create("ann@example.com", password, "ADMIN"), ErrorKind::invalid);
    };
    const std::string refused = "A password must have 8 to 128 characters";
    EXPECT_EQ(try_password("1234567"), refused);
    EXPECT_EQ(try_password("äöüäöüä"), refused);
    EXPECT_EQ(try_password(std::string(129, 'x')), refused);
    EXPECT_EQ(try_password("\xff\xff\xff\xff\xff\xff\xff\xff"), refused);
    std::string longest;
    for (int i = 0; i < 128; ++i)
        longest += "\xf0\x9f\x98\x80";
    EXPECT_NO_THROW(run(accounts.create("ann@example.com", longest, "ADMIN")));
}

TEST_F(AccountsTest, APasswordCanBeSet) {
    insert_user(*database, {.email = "Ann@example.com"});
    clock.advance(1h);
    const User user = run(accounts.set_password("ann@EXAMPLE.com", "another password"));
    EXPECT_EQ(user.email, "Ann@example.com");
    EXPECT_EQ(user.updated_at, clock.now());
    EXPECT_EQ(auth::verify_password("another password", stored_hash("Ann@example.com")),
              auth::PasswordCheck::right);
    EXPECT_EQ(refusal_of(unhashing.set_password("bob@example.com", cheap_password), ErrorKind::not_found),
              "User not found");
    EXPECT_EQ(refusal_of(unhashing.set_password("ann@example.com", "short")),
              "A password must have 8 to 128 characters");
}

TEST_F(AccountsTest, AUserCanBeDeactivatedAndActivated) {
    insert_user(*database, {});
    EXPECT_FALSE(run(accounts.set_active("ANN@example.com", false)).is_active);
    EXPECT_FALSE(run(accounts.set_active("ann@example.com", false)).is_active);
    EXPECT_TRUE(run(accounts.set_active("ann@example.com", true)).is_active);
    for (const bool is_active : {true, false})
        EXPECT_EQ(refusal_of(accounts.set_active("bob@example.com", is_active), ErrorKind::not_found),
                  "User not found");
}

TEST_F(AccountsTest, TheLastActiveAdminStaysActive) {
    insert_user(*database, {.email = "a@example.com", .role = http::Role::admin});
    insert_user(*database, {.email = "b@example.com", .role = http::Role::admin, .is_active = false});
    insert_user(*database, {.email = "c@example.com", .role = http::Role::attorney});
    EXPECT_EQ(refusal_of(accounts.set_active("a@example.com", false)),
              "a@example.com is the last active admin; create or activate another one first");
    EXPECT_NO_THROW(run(accounts.set_active("b@example.com", false)));
    run(accounts.set_active("b@example.com", true));
    EXPECT_FALSE(run(accounts.set_active("a@example.com", false)).is_active);
}

TEST_F(AccountsTest, AllAreListedOldestFirst) {
    EXPECT_TRUE(run(accounts.list()).empty());
    run(database->write(db::sql(R"(
        WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 1000)
        INSERT INTO users (email, email_folded, hashed_password, role, created_at, updated_at)
        SELECT n || '@example.com', n || '@example.com', '', 'ATTORNEY', $1, $1 FROM number)",
                                clock.now())));
    const std::vector<User> users = run(accounts.list());
    ASSERT_EQ(users.size(), 1001u);
    EXPECT_EQ(users.front().email, "0@example.com");
    EXPECT_EQ(users.back().email, "1000@example.com");
    EXPECT_TRUE(std::ranges::is_sorted(users, {}, &User::id));
}

}  // namespace
}  // namespace alma::users
