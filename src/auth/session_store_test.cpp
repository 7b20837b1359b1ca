#include "auth/session_store.hpp"

#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/run_all.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

#include <set>

namespace alma::auth {
namespace {

using namespace std::chrono_literals;

class SessionStoreTest : public testing::Test {
protected:
    TestDatabase database;
    ManualClock clock;
    const std::int64_t ann = insert_user(*database, {});

    ProvedUser proved(std::int64_t user) {
        return {.id = user,
                .email = "ann@example.com",
                .issued_at = std::chrono::floor<std::chrono::seconds>(clock.now())};
    }
    std::string start(std::int64_t user, std::optional<std::string> before = std::nullopt) {
        return run(start_session(*database, proved(user), std::move(before), clock.now())).value().id;
    }
    std::optional<Session> find(const std::string& id) {
        return run(find_session(*database, id, clock.now()));
    }
    void use(const std::string& id) { run(renew_session(*database, id, find(id).value(), clock.now())); }
    std::int64_t count() { return select_number(*database, "SELECT count(*) FROM sessions"); }
};

TEST_F(SessionStoreTest, ASessionIsItsUsers) {
    const std::string id = start(ann);
    const std::optional<Session> session = find(id);
    ASSERT_TRUE(session);
    EXPECT_EQ(session->user_id, ann);
    EXPECT_EQ(session->email, "ann@example.com");
    EXPECT_EQ(session->role, http::Role::attorney);
    EXPECT_EQ(session->ends_at, clock.now() + 8h);
    EXPECT_FALSE(find(""));
    EXPECT_FALSE(find(id + "x"));
}

TEST_F(SessionStoreTest, AnIdHas256BitsAndIsNotInTheDatabase) {
    std::set<std::string> ids;
    for (int i = 0; i < 10; ++i)
        ids.insert(start(ann));
    EXPECT_EQ(ids.size(), 10u);
    for (const std::string& id : ids) {
        EXPECT_EQ(id.size(), 43u);
        EXPECT_EQ(select_number(*database, "SELECT count(*) FROM sessions WHERE id_hash = $1", id), 0);
    }
}

TEST_F(SessionStoreTest, ASessionThatIsNotUsedEndsAfterEightHours) {
    const std::string id = start(ann);
    clock.advance(8h - 1us);
    EXPECT_TRUE(find(id));
    clock.advance(1us);
    EXPECT_FALSE(find(id));
}

TEST_F(SessionStoreTest, ASessionThatIsUsedGoesOnForSevenDaysInAll) {
    const std::string id = start(ann);
    const Instant end = clock.now() + 24h * 7;
    while (clock.now() + 7h < end) {
        clock.advance(7h);
        use(id);
    }
    clock.set(end - 1us);
    EXPECT_EQ(find(id).value().ends_at, end);
    use(id);
    clock.advance(1us);
    EXPECT_FALSE(find(id));
}

TEST_F(SessionStoreTest, UseIsWrittenDownOnceAMinute) {
    const std::string id = start(ann);
    const Instant begin = clock.now();
    clock.advance(1min - 1us);
    use(id);
    EXPECT_EQ(find(id).value().last_seen_at, begin);
    clock.advance(1us);
    use(id);
    EXPECT_EQ(find(id).value().last_seen_at, begin + 1min);
}

TEST_F(SessionStoreTest, ASessionOfADeactivatedUserIsNone) {
    const std::string id = start(ann);
    run(database->write(db::sql("UPDATE users SET is_active = $1", false)));
    EXPECT_FALSE(find(id));
    EXPECT_FALSE(run(start_session(*database, proved(ann), std::nullopt, clock.now())));
}

TEST_F(SessionStoreTest, NoneBeginsWithAPasswordThatWasChangedMeanwhile) {
    const ProvedUser before = proved(ann);
    run(database->write(db::sql("UPDATE users SET tokens_valid_from = $1", tokens_valid_after(clock.now()))));
    EXPECT_FALSE(run(start_session(*database, before, std::nullopt, clock.now())));
    EXPECT_EQ(count(), 0);
    clock.advance(1s);
    EXPECT_TRUE(run(start_session(*database, proved(ann), std::nullopt, clock.now())));
}

TEST_F(SessionStoreTest, OneMoreThanTheMostTakesThePlaceOfTheOneUsedLongestAgo) {
    const std::string first = start(ann);
    clock.advance(2min);
    const std::string second = start(ann);
    clock.advance(2min);
    use(first);
    for (std::size_t i = 2; i < max_sessions; ++i)
        start(ann);
    EXPECT_TRUE(find(second));
    start(ann);
    EXPECT_EQ(count(), static_cast<std::int64_t>(max_sessions));
    EXPECT_TRUE(find(first));
    EXPECT_FALSE(find(second));
}

TEST_F(SessionStoreTest, ParallelLoginsLeaveNoMoreThanTheMost) {
    std::vector<awaitable<std::optional<NewSession>>> logins;
    const ProvedUser user = proved(ann);
    for (std::size_t i = 0; i < 2 * max_sessions; ++i)
        logins.push_back(start_session(*database, user, std::nullopt, clock.now()));
    run_all(std::move(logins));
    EXPECT_EQ(count(), static_cast<std::int64_t>(max_sessions));
}

TEST_F(SessionStoreTest, SessionsOfOneUserTakeNoPlaceOfAnothers) {
    const std::string bob = start(insert_user(*database, {.email = "bob@example.com"}));
    for (std::size_t i = 0; i <= max_sessions; ++i)
        start(ann);
    EXPECT_TRUE(find(bob));
}

TEST_F(SessionStoreTest, ANewLoginEndsTheSessionThatTheBrowserHad) {
    const std::string before = start(ann);
    const std::string after = start(ann, before);
    EXPECT_FALSE(find(before));
    EXPECT_TRUE(find(after));
}

TEST_F(SessionStoreTest, ALoginClearsAwayWhatIsOverAHundredAtATime) {
    for (int i = 0; i < 150; ++i)
        run(database->write(db::sql(R"(
            INSERT INTO sessions (id_hash, user_id, created_at, last_seen_at, ends_at) VALUES ($1, $2, $3, $3, $3))",
                                    std::to_string(i), insert_user(*database, {.email = std::to_string(i)}),
                                    clock.now())));
    start(ann);
    EXPECT_EQ(count(), 51);
    start(ann);
    EXPECT_EQ(count(), 2);
}

TEST_F(SessionStoreTest, ALogoutEndsTheSessionAndIsRecorded) {
    const std::string id = start(ann);
    const std::string other = start(ann);
    run(log_out(*database, id, std::nullopt, std::nullopt, {.kind = audit::ActorKind::user, .id = ann},
                clock.now()));
    EXPECT_FALSE(find(id));
    EXPECT_TRUE(find(other));
    EXPECT_EQ(select_number(
                  *database,
                  "SELECT count(*) FROM audit_pending WHERE action = 'LOGGED_OUT' AND actor_id = $1", ann),
              1);
}

TEST_F(SessionStoreTest, ARevokedTokenIsForgottenWhenItHasEnded) {
    const audit::Actor actor{.kind = audit::ActorKind::user, .id = ann};
    const auto revoke = [&](const char* token) {
        run(log_out(*database, std::nullopt, token, clock.now() + 30min, actor, clock.now()));
    };
    revoke("a.b.c");
    revoke("a.b.c");
    EXPECT_EQ(select_number(*database, "SELECT count(*) FROM revoked_tokens"), 1);
    clock.advance(30min);
    revoke("d.e.f");
    EXPECT_EQ(select_number(*database, "SELECT count(*) FROM revoked_tokens"), 1);
}

TEST_F(SessionStoreTest, AllSessionsOfAUserCanBeEndedButOne) {
    const std::string bob = start(insert_user(*database, {.email = "bob@example.com"}));
    const std::string kept = start(ann);
    const std::string other = start(ann);
    run(database->write(end_sessions_of(ann, kept)));
    EXPECT_TRUE(find(kept));
    EXPECT_FALSE(find(other));
    run(database->write(end_sessions_of(ann)));
    EXPECT_FALSE(find(kept));
    EXPECT_TRUE(find(bob));
}

}  // namespace
}  // namespace alma::auth
