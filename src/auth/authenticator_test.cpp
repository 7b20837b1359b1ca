#include "auth/authenticator.hpp"

#include "auth/session_store.hpp"
#include "base/error.hpp"
#include "support/http_request.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/signed_token.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace alma::auth {
namespace {

using namespace std::chrono_literals;

/// Counts the reads of another one.
class CountingDatabase final : public db::Database {
public:
    CountingDatabase(db::Database& counted, bool tells_commits)
        : counted_(counted), tells_commits_(tells_commits) {}

    awaitable<db::Rows> read(db::Statement statement) override {
        ++reads;
        co_return co_await counted_.read(std::move(statement));
    }
    awaitable<db::Rows> search(db::Statement statement) override {
        co_return co_await counted_.search(std::move(statement));
    }
    using Database::write;
    awaitable<std::optional<std::vector<db::Rows>>> write(std::vector<db::Statement> transaction) override {
        co_return co_await counted_.write(std::move(transaction));
    }
    [[nodiscard]] std::optional<std::uint64_t> commits() const override {
        return tells_commits_ ? counted_.commits() : std::nullopt;
    }
    awaitable<void> check() override { co_await counted_.check(); }

    int reads = 0;

private:
    db::Database& counted_;
    bool tells_commits_;
};

class AuthenticatorTest : public testing::Test {
protected:
    void SetUp() override { insert_user(*database, {}); }

    TestDatabase database;
    ManualClock clock;
    TokenSigner tokens{"a secret key of at least thirty-two bytes", 30min};
    CountingDatabase counting{*database, true};
    Authenticator authenticator{counting, tokens, clock};
    const std::string ann = tokens.sign("ann@example.com", clock.now());

    static std::optional<http::Principal> who(Authenticator& asked, const std::string& token) {
        const std::string authorization = "Bearer " + token;
        http::ARequest request(http::Method::get);
        request.with("Authorization", authorization);
        return run(asked(request.request));
    }
    void commit_something() { run(database->write(db::sql("UPDATE users SET updated_at = updated_at"))); }
};

TEST_F(AuthenticatorTest, ReadsAUserOnceWhileNothingIsCommitted) {
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(who(authenticator, ann)->email, "ann@example.com");
    EXPECT_EQ(counting.reads, 1);
    commit_something();
    EXPECT_TRUE(who(authenticator, ann));
    EXPECT_EQ(counting.reads, 2);
}

TEST_F(AuthenticatorTest, SeesADeactivationAtTheNextRequest) {
    EXPECT_TRUE(who(authenticator, ann));
    run(database->write(db::sql("UPDATE users SET is_active = $1", false)));
    EXPECT_FALSE(who(authenticator, ann));
}

TEST_F(AuthenticatorTest, ReadsAnewInTheNextSecond) {
    EXPECT_TRUE(who(authenticator, ann));
    clock.advance(1s);
    EXPECT_TRUE(who(authenticator, ann));
    EXPECT_EQ(counting.reads, 2);
}

TEST_F(AuthenticatorTest, RemembersNoTokenBeyondItsEnd) {
    const Instant end = std::chrono::floor<std::chrono::seconds>(clock.now()) + 30min;
    clock.advance(end - 1us - clock.now());
    EXPECT_TRUE(who(authenticator, ann));
    clock.advance(1us);
    EXPECT_FALSE(who(authenticator, ann));
}

TEST_F(AuthenticatorTest, RemembersNoTokenBeyondTheFractionOfASecondInWhichItEnds) {
    const std::string token =
        signed_token(R"({"alg":"HS256","typ":"JWT"})", R"({"sub":"ann@example.com","exp":1758915747.5})",
                     "a secret key of at least thirty-two bytes");
    EXPECT_TRUE(who(authenticator, token));
    clock.advance(300ms);
    EXPECT_FALSE(who(authenticator, token));
}

TEST_F(AuthenticatorTest, ReadsForEachRequestWhereOthersMayCommit) {
    CountingDatabase shared(*database, false);
    Authenticator cautious(shared, tokens, clock);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(who(cautious, ann));
    EXPECT_EQ(shared.reads, 3);
}

TEST_F(AuthenticatorTest, RemembersNothingOfATokenThatProvesNothing) {
    const std::string stranger = tokens.sign("nobody@example.com", clock.now());
    EXPECT_FALSE(who(authenticator, stranger));
    EXPECT_FALSE(who(authenticator, stranger));
    EXPECT_EQ(counting.reads, 2);
    EXPECT_FALSE(who(authenticator, ann + "x"));
    EXPECT_EQ(counting.reads, 2);
}

TEST_F(AuthenticatorTest, RemembersABoundedNumberOfTokens) {
    const auto lasting = [](std::size_t minutes) {
        return TokenSigner("a secret key of at least thirty-two bytes", std::chrono::minutes(minutes));
    };
    for (std::size_t i = 1; i <= Authenticator::max_remembered; ++i)
        EXPECT_TRUE(who(authenticator, lasting(i).sign("ann@example.com", clock.now())));
    const int reads = counting.reads;
    EXPECT_TRUE(who(authenticator, lasting(1).sign("ann@example.com", clock.now())));
    EXPECT_EQ(counting.reads, reads);
    const std::string one_more =
        lasting(Authenticator::max_remembered + 1).sign("ann@example.com", clock.now());
    EXPECT_TRUE(who(authenticator, one_more));
    EXPECT_TRUE(who(authenticator, one_more));
    EXPECT_EQ(counting.reads, reads + 2);
}

TEST_F(AuthenticatorTest, ATokenThatDoesNotSayWhenItWasIssuedCountsUntilThePasswordIsChanged) {
    const std::string token =
        signed_token(R"({"alg":"HS256","typ":"JWT"})", R"({"sub":"ann@example.com","exp":1758917547})",
                     "a secret key of at least thirty-two bytes");
    EXPECT_TRUE(who(authenticator, token));
    run(database->write(db::sql("UPDATE users SET tokens_valid_from = '2001-01-01T00:00:00.000000'")));
    EXPECT_FALSE(who(authenticator, token));
    EXPECT_TRUE(who(authenticator, ann));
}

TEST_F(AuthenticatorTest, SeesARevocationAtTheNextRequest) {
    const Instant end = tokens.verify(ann, clock.now())->end;
    EXPECT_TRUE(who(authenticator, ann));
    run(log_out(*database, std::nullopt, ann, end, {}, clock.now()));
    EXPECT_FALSE(who(authenticator, ann));
}

class AuthenticatorOfSessionsTest : public AuthenticatorTest {
protected:
    std::string start() {
        const ProvedUser user{
            .id = select_number(*database, "SELECT id FROM users"), .email = {}, .issued_at = clock.now()};
        return run(start_session(*database, user, std::nullopt, clock.now())).value().id;
    }
    std::optional<http::Principal> whose(const std::string& id, http::Method method = http::Method::get,
                                         const std::string& authorization = {}) {
        const std::string cookie = "alma_session=" + id;
        http::ARequest request(method);
        request.request.base_url = "http://127.0.0.1:8000";
        request.with("Cookie", cookie);
        if (!authorization.empty()) request.with("Authorization", authorization);
        return run(authenticator(request.request));
    }
};

TEST_F(AuthenticatorOfSessionsTest, ReadsASessionOnceWhileNothingIsCommitted) {
    const std::string id = start();
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(whose(id)->email, "ann@example.com");
    EXPECT_EQ(counting.reads, 1);
    commit_something();
    EXPECT_TRUE(whose(id));
    EXPECT_EQ(counting.reads, 2);
}

TEST_F(AuthenticatorOfSessionsTest, SeesALogoutAndADeactivationAtTheNextRequest) {
    const std::string first = start();
    const std::string second = start();
    EXPECT_TRUE(whose(first));
    run(log_out(*database, first, std::nullopt, std::nullopt, {}, clock.now()));
    EXPECT_FALSE(whose(first));
    EXPECT_TRUE(whose(second));
    run(database->write(db::sql("UPDATE users SET is_active = $1", false)));
    EXPECT_FALSE(whose(second));
}

TEST_F(AuthenticatorOfSessionsTest, UseMovesTheEndOfASession) {
    const std::string id = start();
    clock.advance(7h);
    EXPECT_TRUE(whose(id));
    clock.advance(7h);
    EXPECT_TRUE(whose(id));
    clock.advance(8h);
    EXPECT_FALSE(whose(id));
}

TEST_F(AuthenticatorOfSessionsTest, WhatOnlyGoesOnIsNoUseOfASession) {
    const std::string cookie = "alma_session=" + start();
    http::ARequest stream(http::Method::get);
    stream.request.base_url = "http://127.0.0.1:8000";
    stream.with("Cookie", cookie);
    clock.advance(7h);
    EXPECT_TRUE(run(authenticator.again(stream.request)));
    clock.advance(1h);
    EXPECT_FALSE(run(authenticator.again(stream.request)));
}

TEST_F(AuthenticatorOfSessionsTest, ATokenGoesBeforeASession) {
    const std::string id = start();
    EXPECT_FALSE(whose(id, http::Method::get, "Bearer garbage"));
    // What a token authenticates needs no other header.
    EXPECT_TRUE(whose("nobody's", http::Method::post, "Bearer " + ann));
    EXPECT_TRUE(whose(id, http::Method::get, "Basic Ym9iOnNlY3JldA=="));
}

TEST_F(AuthenticatorOfSessionsTest, ASessionIsNoTokenAndATokenIsNoSession) {
    const std::string id = start();
    EXPECT_TRUE(whose(id));
    EXPECT_FALSE(who(authenticator, id));
    EXPECT_TRUE(who(authenticator, ann));
    EXPECT_FALSE(whose(ann));
}

TEST_F(AuthenticatorOfSessionsTest, RefusesAForeignRequestBeforeItLooksForTheSession) {
    const std::string id = start();
    EXPECT_THROW(whose(id, http::Method::post), Error);
    EXPECT_THROW(whose("nobody's", http::Method::delete_), Error);
    EXPECT_EQ(counting.reads, 0);
}

}  // namespace
}  // namespace alma::auth
