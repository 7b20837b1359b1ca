/// Accounts of several instances that share a database.
#include "base/error.hpp"
#include "support/insert_user.hpp"
#include "support/postgresql_instances.hpp"
#include "support/run_all.hpp"
#include "users/accounts.hpp"

#include <gtest/gtest.h>

namespace alma::users {
namespace {

const audit::Actor somebody{.kind = audit::ActorKind::command_line};

class PostgresqlAccountsTest : public testing::Test {
protected:
    static constexpr std::size_t count = 4;

    PostgresqlAccountsTest() {
        for (std::size_t i = 0; i < count; ++i)
            accounts.push_back(std::make_unique<Accounts>(instances[i], passwords, clock));
    }

    static std::size_t successes(const std::vector<std::expected<User, Error>>& outcomes) {
        return static_cast<std::size_t>(
            std::ranges::count_if(outcomes, [](const auto& o) { return o.has_value(); }));
    }

    PostgresqlInstances instances{count};
    WorkerPool passwords{"passwords", 2, 16};
    SystemClock clock;
    std::vector<std::unique_ptr<Accounts>> accounts;
};

TEST_F(PostgresqlAccountsTest, OfManyFirstAdminsOneIsMade) {
    std::vector<awaitable<User>> tasks;
    for (std::size_t i = 0; i < count; ++i)
        tasks.push_back(accounts[i]->create_initial("admin" + std::to_string(i) + "@law.example",
                                                    cheap_password, somebody));
    EXPECT_EQ(successes(run_all(std::move(tasks))), 1u);
    EXPECT_EQ(instances.place().run("SELECT count(*) FROM users"), "1");
}

TEST_F(PostgresqlAccountsTest, OneAdminStaysActiveWhoeverDeactivatesTheOthers) {
    for (int round = 0; round < 10; ++round) {
        instances.place().run("DELETE FROM users");
        std::vector<awaitable<User>> tasks;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string email = "admin" + std::to_string(i) + "@law.example";
            insert_user(instances[0], {.email = email, .role = http::Role::admin});
            tasks.push_back(accounts[i]->set_active(email, false, somebody));
        }
        EXPECT_EQ(successes(run_all(std::move(tasks))), count - 1);
        EXPECT_EQ(instances.place().run("SELECT count(*) FROM users WHERE is_active"), "1");
    }
}

TEST_F(PostgresqlAccountsTest, AnAddressIsTakenOnce) {
    std::vector<awaitable<User>> tasks;
    for (std::size_t i = 0; i < count; ++i)
        tasks.push_back(accounts[i]->create("Ann@Law.example", cheap_password, "ATTORNEY", somebody));
    EXPECT_EQ(successes(run_all(std::move(tasks))), 1u);
}

}  // namespace
}  // namespace alma::users
