#include "auth/authenticator.hpp"

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

}  // namespace
}  // namespace alma::auth
