#include "users/accounts.hpp"

#include "auth/password.hpp"
#include "auth/session_store.hpp"
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

const audit::Actor somebody{.kind = audit::ActorKind::command_line};

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
    const User first = run(accounts.create_initial("Admin@Example.com", cheap_password, somebody));
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
    EXPECT_EQ(refusal_of(unhashing.create_initial("b@example.com", cheap_password, somebody)),
              second_initial);
    EXPECT_EQ(refusal_of(unhashing.create_initial("no e-mail", "short", somebody)), second_initial);
}

TEST_F(AccountsTest, AFailedInitialUserLeavesTheTurnToTheNext) {
    EXPECT_EQ(refusal_of(accounts.create_initial("no e-mail", cheap_password, somebody)),
              "Invalid email format");
    refusal_of(unhashing.create_initial("a@example.com", cheap_password, somebody), ErrorKind::unavailable);
    refusal_of(unhashing.create_initial("a@example.com", cheap_password, somebody), ErrorKind::unavailable);
    EXPECT_NO_THROW(run(accounts.create_initial("a@example.com", cheap_password, somebody)));
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
                    calls.push_back(callee->create_initial("admin@example.com", cheap_password, somebody));
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
    calls.push_back(waiting.create_initial("a@example.com", cheap_password, somebody));
    calls.push_back([](Accounts& callee, std::binary_semaphore& stuck_job) -> awaitable<User> {
        try {
            co_return co_await callee.create_initial("b@example.com", cheap_password, somebody);
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
    EXPECT_EQ(run(accounts.create("a@example.com", cheap_password, "ATTORNEY", somebody)).role,
              http::Role::attorney);
    EXPECT_EQ(run(accounts.create("b@example.com", cheap_password, "ADMIN", somebody)).role,
              http::Role::admin);
}

TEST_F(AccountsTest, RefusalsComeInTheOrderOfTheContractAndUnhashed) {
    insert_user(*database, {});
    EXPECT_EQ(refusal_of(unhashing.create("ann@example", "short", "BOSS", somebody)), "Invalid email format");
    EXPECT_EQ(refusal_of(unhashing.create("ann@example.com", "short", "BOSS", somebody)),
              "Email already exists");
    EXPECT_EQ(refusal_of(unhashing.create("bob@example.com", "short", "BOSS", somebody)),
              "Invalid role. Must be 'ATTORNEY' or 'ADMIN'");
    for (const char* role : {"attorney", "", "ADMIN "})
        EXPECT_EQ(refusal_of(unhashing.create("bob@example.com", cheap_password, role, somebody)),
                  "Invalid role. Must be 'ATTORNEY' or 'ADMIN'");
}

TEST_F(AccountsTest, AnEmailIsUniqueWithoutRegardToCase) {
    insert_user(*database, {.email = "Łukasz@Example.com"});
    EXPECT_EQ(refusal_of(unhashing.create("łUKASZ@EXAMPLE.COM", cheap_password, "ADMIN", somebody)),
              "Email already exists");
}

TEST_F(AccountsTest, OneOfManyParallelCallsMakesAUser) {
    std::vector<awaitable<User>> calls;
    for (int i = 0; i < 6; ++i)
        calls.push_back(accounts.create(i % 2 ? "ann@example.com" : "ANN@example.com", cheap_password,
                                        "ADMIN", somebody));
    int created = 0;
    for (const auto& outcome : run_all(std::move(calls))) {
        created += outcome ? 1 : 0;
        if (!outcome) EXPECT_EQ(outcome.error().detail(), "Email already exists");
    }
    EXPECT_EQ(created, 1);
}

TEST_F(AccountsTest, APasswordHas8To128CharactersAndNotBytes) {
    const auto try_password = [&](const std::string& password) {
        return refusal_of(unhashing.create("ann@example.com", password, "ADMIN", somebody),
                          ErrorKind::invalid);
    };
    const std::string refused = "A password must have 8 to 128 characters";
    EXPECT_EQ(try_password("1234567"), refused);
    EXPECT_EQ(try_password("äöüäöüä"), refused);
    EXPECT_EQ(try_password(std::string(129, 'x')), refused);
    EXPECT_EQ(try_password("\xff\xff\xff\xff\xff\xff\xff\xff"), refused);
    std::string longest;
    for (int i = 0; i < 128; ++i)
        longest += "\xf0\x9f\x98\x80";
    EXPECT_NO_THROW(run(accounts.create("ann@example.com", longest, "ADMIN", somebody)));
}

TEST_F(AccountsTest, APasswordCanBeSet) {
    insert_user(*database, {.email = "Ann@example.com"});
    clock.advance(1h);
    const User user = run(accounts.set_password("ann@EXAMPLE.com", "another password", somebody));
    EXPECT_EQ(user.email, "Ann@example.com");
    EXPECT_EQ(user.updated_at, clock.now());
    EXPECT_EQ(auth::verify_password("another password", stored_hash("Ann@example.com")),
              auth::PasswordCheck::right);
    EXPECT_EQ(
        refusal_of(unhashing.set_password("bob@example.com", cheap_password, somebody), ErrorKind::not_found),
        "User not found");
    EXPECT_EQ(refusal_of(unhashing.set_password("ann@example.com", "short", somebody)),
              "A password must have 8 to 128 characters");
}

TEST_F(AccountsTest, AUserCanBeDeactivatedAndActivated) {
    insert_user(*database, {});
    EXPECT_FALSE(run(accounts.set_active("ANN@example.com", false, somebody)).is_active);
    EXPECT_FALSE(run(accounts.set_active("ann@example.com", false, somebody)).is_active);
    EXPECT_TRUE(run(accounts.set_active("ann@example.com", true, somebody)).is_active);
    for (const bool is_active : {true, false})
        EXPECT_EQ(
            refusal_of(accounts.set_active("bob@example.com", is_active, somebody), ErrorKind::not_found),
            "User not found");
}

TEST_F(AccountsTest, TheLastActiveAdminStaysActive) {
    insert_user(*database, {.email = "a@example.com", .role = http::Role::admin});
    insert_user(*database, {.email = "b@example.com", .role = http::Role::admin, .is_active = false});
    insert_user(*database, {.email = "c@example.com", .role = http::Role::attorney});
    EXPECT_EQ(refusal_of(accounts.set_active("a@example.com", false, somebody)),
              "a@example.com is the last active admin; create or activate another one first");
    EXPECT_NO_THROW(run(accounts.set_active("b@example.com", false, somebody)));
    run(accounts.set_active("b@example.com", true, somebody));
    EXPECT_FALSE(run(accounts.set_active("a@example.com", false, somebody)).is_active);
}

TEST_F(AccountsTest, RoleAndActivityAreChangedTogetherOrAlone) {
    const std::int64_t ann = insert_user(*database, {});
    EXPECT_EQ(run(accounts.change(ann, {.role = http::Role::admin, .is_active = {}}, somebody)).role,
              http::Role::admin);
    insert_user(*database, {.email = "b@example.com", .role = http::Role::admin});
    const Account changed =
        run(accounts.change(ann, {.role = http::Role::attorney, .is_active = false}, somebody));
    EXPECT_EQ(changed.role, http::Role::attorney);
    EXPECT_FALSE(changed.is_active);
    EXPECT_TRUE(run(accounts.change(ann, {.role = {}, .is_active = true}, somebody)).is_active);
    EXPECT_EQ(refusal_of(accounts.change(4711, {.role = http::Role::admin, .is_active = {}}, somebody),
                         ErrorKind::not_found),
              "User not found");
}

TEST_F(AccountsTest, TheLastActiveAdminStaysAnAdmin) {
    const std::int64_t admin = insert_user(*database, {.email = "a@example.com", .role = http::Role::admin});
    const std::int64_t other = insert_user(*database, {.email = "b@example.com", .role = http::Role::admin});
    const auto demote = [&](std::int64_t id) {
        return accounts.change(id, {.role = http::Role::attorney, .is_active = {}}, somebody);
    };
    run(demote(other));
    EXPECT_EQ(refusal_of(demote(admin)),
              "a@example.com is the last active admin; create or activate another one first");
    EXPECT_NO_THROW(run(accounts.change(admin, {.role = http::Role::admin, .is_active = true}, somebody)));
}

TEST_F(AccountsTest, AnAdminWhoWasInvitedAndHasNoPasswordYetIsNotTheOneThatIsNeeded) {
    const std::int64_t admin = insert_user(*database, {.email = "a@example.com", .role = http::Role::admin});
    const std::int64_t invited =
        insert_user(*database, {.email = "b@example.com", .role = http::Role::admin});
    run(database->write(db::sql("UPDATE users SET is_invited = $1 WHERE id = $2", true, invited)));
    EXPECT_NE(refusal_of(accounts.set_active("a@example.com", false, somebody)), "no refusal");
    EXPECT_NO_THROW(run(accounts.set_active("b@example.com", false, somebody)));
    EXPECT_NO_THROW(run(accounts.set_active("b@example.com", true, somebody)));
    run(accounts.set_password("b@example.com", cheap_password, somebody));
    EXPECT_FALSE(run(accounts.change(admin, {.role = {}, .is_active = false}, somebody)).is_active);
}

TEST_F(AccountsTest, OfParallelChangesOneAdminIsLeft) {
    std::vector<awaitable<Account>> changes;
    for (int i = 0; i < 8; ++i) {
        const std::int64_t id =
            insert_user(*database, {.email = fmt::format("{}@example.com", i), .role = http::Role::admin});
        const AccountChange change = i % 2 == 0 ? AccountChange{.role = http::Role::attorney, .is_active = {}}
                                                : AccountChange{.role = {}, .is_active = false};
        changes.push_back(accounts.change(id, change, somebody));
    }
    run_all(std::move(changes));
    EXPECT_EQ(
        select_number(*database, "SELECT count(*) FROM users WHERE role = 'ADMIN' AND is_active = $1", true),
        1);
}

class AccountSessionsTest : public AccountsTest {
protected:
    auth::ProvedUser proved() {
        return {.id = ann,
                .email = "ann@example.com",
                .issued_at = std::chrono::floor<std::chrono::seconds>(clock.now())};
    }
    std::string start() {
        return run(auth::start_session(*database, proved(), std::nullopt, clock.now())).value().id;
    }
    bool lasts(const std::string& session) {
        return run(auth::find_session(*database, session, clock.now())).has_value();
    }

    const std::int64_t ann = insert_user(*database, {});
};

TEST_F(AccountSessionsTest, AnotherPasswordEndsThemAll) {
    const std::string session = start();
    run(accounts.set_password("ann@example.com", "another password", somebody));
    EXPECT_FALSE(lasts(session));
}

TEST_F(AccountSessionsTest, AnOwnNewPasswordEndsTheOthers) {
    const std::string own = start();
    const std::string other = start();
    run(accounts.change_own_password(proved(), "another password", own));
    EXPECT_TRUE(lasts(own));
    EXPECT_FALSE(lasts(other));
    EXPECT_EQ(auth::verify_password("another password", stored_hash("ann@example.com")),
              auth::PasswordCheck::right);
    EXPECT_EQ(
        select_number(
            *database,
            "SELECT count(*) FROM audit_pending WHERE action = 'USER_PASSWORD_CHANGED' AND actor_id = $1",
            ann),
        1);
}

TEST_F(AccountSessionsTest, OfTwoWhoProvedTheSamePasswordOneChangesIt) {
    const auth::ProvedUser user = proved();
    run(accounts.change_own_password(user, "another password", std::nullopt));
    EXPECT_EQ(refusal_of(accounts.change_own_password(user, "a third password", std::nullopt)),
              "Current password is incorrect");
    EXPECT_EQ(auth::verify_password("another password", stored_hash("ann@example.com")),
              auth::PasswordCheck::right);
}

TEST_F(AccountSessionsTest, ADeactivationEndsThemForGood) {
    const std::string session = start();
    run(accounts.set_active("ann@example.com", false, somebody));
    run(accounts.set_active("ann@example.com", true, somebody));
    EXPECT_FALSE(lasts(session));
}

TEST_F(AccountsTest, AllAreListedOldestFirst) {
    EXPECT_TRUE(run(accounts.list()).empty());
    run(database->write(db::sql(R"(
        WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 1000)
        INSERT INTO users (email, email_folded, hashed_password, role, created_at, updated_at)
        SELECT n || '@example.com', n || '@example.com', '', 'ATTORNEY', $1, $1 FROM number)",
                                clock.now())));
    const std::vector<Account> users = run(accounts.list());
    ASSERT_EQ(users.size(), 1001u);
    EXPECT_EQ(users.front().email, "0@example.com");
    EXPECT_EQ(users.back().email, "1000@example.com");
    EXPECT_TRUE(std::ranges::is_sorted(users, {}, &Account::id));
}

TEST_F(AccountsTest, EachChangeIsInTheAuditLogOnce) {
    const User admin = run(accounts.create_initial("a@example.com", cheap_password, somebody));
    const audit::Actor by_admin{.kind = audit::ActorKind::user, .id = admin.id};
    run(accounts.create("b@example.com", cheap_password, "ATTORNEY", by_admin));
    EXPECT_EQ(refusal_of(accounts.create("B@example.com", cheap_password, "ADMIN", by_admin)),
              "Email already exists");
    run(accounts.set_password("b@example.com", "another password", by_admin));
    for (int times = 0; times < 2; ++times)
        run(accounts.set_active("b@example.com", false, by_admin));
    run(accounts.set_active("b@example.com", true, by_admin));
    for (int times = 0; times < 2; ++times)
        run(accounts.change(2, {.role = http::Role::admin, .is_active = {}}, by_admin));
    run(accounts.change(2, {.role = http::Role::attorney, .is_active = {}}, by_admin));
    EXPECT_NE(refusal_of(accounts.set_active("a@example.com", false, by_admin)), "no refusal")
        << "the last admin";

    const db::Rows rows =
        run(database->read(db::sql("SELECT action, actor_kind, coalesce(actor_id, 0), user_id, details FROM "
                                   "audit_pending ORDER BY id")));
    std::vector<std::string> entries;
    for (std::size_t i = 0; i < rows.size(); ++i)
        entries.push_back(fmt::format("{} {} {} {} {}", rows[i].get<std::string>(0),
                                      rows[i].get<std::string>(1), rows[i].get<std::int64_t>(2),
                                      rows[i].get<std::int64_t>(3), rows[i].get<std::string>(4)));
    EXPECT_EQ(entries,
              (std::vector<std::string>{R"(USER_CREATED COMMAND_LINE 0 1 {"role":"ADMIN"})",
                                        R"(USER_CREATED USER 1 2 {"role":"ATTORNEY"})",
                                        "USER_PASSWORD_CHANGED USER 1 2 {}", "USER_DEACTIVATED USER 1 2 {}",
                                        "USER_ACTIVATED USER 1 2 {}",
                                        R"(USER_ROLE_CHANGED USER 1 2 {"from":"ATTORNEY","to":"ADMIN"})",
                                        R"(USER_ROLE_CHANGED USER 1 2 {"from":"ADMIN","to":"ATTORNEY"})"}));
}

}  // namespace
}  // namespace alma::users
