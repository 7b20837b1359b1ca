#include "auth/login_api.hpp"

#include "auth/authenticator.hpp"
#include "auth/password.hpp"
#include "http/problem.hpp"
#include "support/http_request.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/run_all.hpp"
#include "support/test_database.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <ctime>
#include <limits>
#include <map>

namespace alma::auth {
namespace {

using namespace std::chrono_literals;

class LoginApiTest : public testing::Test {
protected:
    /// Of a login that fails. Of the processor: other work on the machine does not count.
    double cpu_time(const std::string& form) {
        auto best = std::numeric_limits<std::clock_t>::max();
        for (int i = 0; i < 3; ++i) {
            const std::clock_t start = std::clock();
            EXPECT_EQ(login(form).status, http::Status::unauthorized);
            best = std::min(best, std::clock() - start);
        }
        return static_cast<double>(best);
    }

    TestDatabase database;
    ManualClock clock;
    TokenSigner tokens{"a secret key of at least thirty-two bytes", 30min};
    LoginThrottle throttle{
        {.per_account = limits::Rate{.count = 20, .window = 1h}, .secret = "secret"}, clock, *database};
    WorkerPool passwords{"passwords", 2, 64};
    Authenticator authenticate{*database, tokens, clock};
    audit::Recorder audit_log{*database};
    Login proving{*database, throttle, passwords, audit_log, clock};
    LoginApi api{proving, tokens};

    /// A pool that refuses all work shows that nothing was hashed.
    WorkerPool refusing_pool{"refusing", 1, 0};
    Login refusing{*database, throttle, refusing_pool, audit_log, clock};
    LoginApi unhashing{refusing, tokens};

    static http::ARequest login_request(const std::string& form) {
        http::ARequest request(http::Method::post, "/token");
        request.with("Content-Type", "application/x-www-form-urlencoded").with_body(form);
        request.request.client = asio::ip::make_address("192.0.2.1");
        return request;
    }
    static http::Response login(LoginApi& callee, const std::string& form) {
        http::ARequest request = login_request(form);
        try {
            return run(callee.login(request.request));
        } catch (...) {
            return http::problem_from(std::current_exception(), "test");
        }
    }
    http::Response login(const std::string& form) { return login(api, form); }

    std::optional<http::Principal> who(std::string_view authorization) {
        http::ARequest request(http::Method::get);
        request.with("Authorization", authorization);
        return run(authenticate(request.request));
    }
    static std::string header(const http::Response& response, std::string_view name) {
        for (const auto& [key, value] : response.headers) {
            if (key == name) return value;
        }
        return "";
    }
};

const std::string right_form =
    "grant_type=password&username=ann%40example.com&password=correct+horse+battery+staple&scope=";
const std::string wrong_form = "username=ann%40example.com&password=wrong";

TEST_F(LoginApiTest, AnswersATokenThatProvesTheUser) {
    const std::int64_t id = insert_user(*database, {.email = "Ann@example.com", .role = http::Role::admin});
    const http::Response response = login(right_form);
    EXPECT_EQ(response.status, http::Status::ok);
    EXPECT_EQ(header(response, "Cache-Control"), "no-store");
    const auto body = boost::json::parse(response.body).as_object();
    EXPECT_EQ(body.size(), 2u);
    EXPECT_EQ(body.at("token_type"), "bearer");
    const std::string token(body.at("access_token").as_string());
    EXPECT_EQ(tokens.verify(token, clock.now())->subject, "Ann@example.com");

    const std::optional<http::Principal> principal = who("Bearer " + token);
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->id, id);
    EXPECT_EQ(principal->email, "Ann@example.com");
    EXPECT_EQ(principal->role, http::Role::admin);
}

TEST_F(LoginApiTest, AnswersAWrongPasswordAnUnknownUserAndAnInactiveOneAlike) {
    insert_user(*database, {});
    insert_user(*database, {.email = "gone@example.com", .is_active = false});
    for (const std::string& form :
         {wrong_form, std::string("username=nobody%40example.com&password=correct+horse+battery+staple"),
          std::string("username=gone%40example.com&password=correct+horse+battery+staple"),
          std::string("username=not+an+address&password=x"), std::string("username=a%00b%40c.de&password=x"),
          std::string("username=a%ffb%40c.de&password=x"),
          std::string("username=ann%40example.com&password=") + std::string(2000, 'x')}) {
        const http::Response response = login(form);
        EXPECT_EQ(response.status, http::Status::unauthorized);
        EXPECT_EQ(response.body, R"({"detail":"Incorrect email or password"})");
        EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer");
    }
}

TEST_F(LoginApiTest, TakesAsLongForAnUnknownOrInactiveUserAsForAWrongPassword) {
    const std::string hash = hash_password(cheap_password);
    insert_user(*database, {.email = "ann@example.com", .hashed_password = hash});
    insert_user(*database, {.email = "gone@example.com", .is_active = false, .hashed_password = hash});
    const double wrong = cpu_time(wrong_form);
    // Without the decoy the ratio is below a hundredth; the margin is for a busy machine.
    EXPECT_GT(cpu_time("username=nobody%40example.com&password=x"), wrong / 2);
    EXPECT_GT(cpu_time("username=gone%40example.com&password=correct+horse+battery+staple"), wrong / 2);
}

TEST_F(LoginApiTest, TakesAsLongForAnImportedHashThatIsCheapOrNone) {
    const double unknown = cpu_time("username=nobody%40example.com&password=x");
    const std::map<std::string, std::string> hashes{
        {"cheap", cheap_hash},
        {"none", "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"},
        {"empty", ""},
        // Half the work of ours, and all of it.
        {"half",
         "$argon2id$v=19$m=32768,t=3,p=1$F3SuTCjLudQpO7zK/1t6Jg$"
         "4vbSX6PIDj7h9Chmm2FXQmfPce1jG5UvVl/912darhc"},
        {"i",
         "$argon2i$v=19$m=65536,t=3,p=4$F3SuTCjLudQpO7zK/1t6Jg$"
         "4vbSX6PIDj7h9Chmm2FXQmfPce1jG5UvVl/912darhc"}};
    for (const auto& [name, hash] : hashes) {
        insert_user(*database, {.email = name + "@example.com", .hashed_password = hash});
        const double time = cpu_time("username=" + name + "%40example.com&password=wrong");
        EXPECT_GT(time, unknown * 0.6) << name;
        EXPECT_LT(time, unknown * 1.6) << name;
    }
}

TEST_F(LoginApiTest, HashesACheapPasswordAnewAtLogin) {
    insert_user(*database, {});
    EXPECT_EQ(login(wrong_form).status, http::Status::unauthorized);
    const auto stored = [&] {
        return run(database->search(db::sql("SELECT hashed_password FROM users")))
            .front()
            .get<std::string>(0);
    };
    EXPECT_EQ(stored(), cheap_hash);
    EXPECT_EQ(login(right_form).status, http::Status::ok);
    EXPECT_EQ(verify_password(cheap_password, stored()), PasswordCheck::right);
    const std::string new_hash = stored();
    EXPECT_EQ(login(right_form).status, http::Status::ok);
    EXPECT_EQ(stored(), new_hash);
}

TEST_F(LoginApiTest, NamesMissingFields) {
    const http::Response response = login("grant_type=password");
    EXPECT_EQ(response.status, http::Status::unprocessable_content);
    EXPECT_NE(response.body.find(R"(["body","username"])"), std::string::npos);
    EXPECT_NE(response.body.find(R"(["body","password"])"), std::string::npos);
}

TEST_F(LoginApiTest, RefusesAThrottledLoginUnhashed) {
    insert_user(*database, {});
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(login(wrong_form).status, http::Status::unauthorized);
    const http::Response response = login(unhashing, right_form);
    EXPECT_EQ(response.status, http::Status::too_many_requests);
    EXPECT_EQ(response.body, R"({"detail":"Too many requests. Please try again later."})");
    EXPECT_EQ(header(response, "Retry-After"), "3600");
    clock.advance(1h);
    EXPECT_EQ(login(right_form).status, http::Status::ok);
}

TEST_F(LoginApiTest, AnswersABusyPoolWith503AndCountsNoFailure) {
    insert_user(*database, {});
    for (int i = 0; i < 30; ++i) {
        const http::Response response = login(unhashing, right_form);
        EXPECT_EQ(response.status, http::Status::service_unavailable);
        EXPECT_EQ(header(response, "Retry-After"), "1");
    }
}

TEST_F(LoginApiTest, JudgesNoMoreThanTheAllowanceOfParallelLogins) {
    insert_user(*database, {});
    std::vector<http::ARequest> requests;
    for (int i = 0; i < 64; ++i)
        requests.push_back(login_request(wrong_form));
    std::vector<awaitable<http::Response>> logins;
    for (http::ARequest& request : requests)
        logins.push_back(api.login(request.request));
    int judged = 0;
    int throttled = 0;
    for (const auto& outcome : run_all(std::move(logins))) {
        ASSERT_FALSE(outcome);
        judged += outcome.error().kind() == ErrorKind::unauthenticated ? 1 : 0;
        throttled += outcome.error().kind() == ErrorKind::rate_limited ? 1 : 0;
    }
    EXPECT_EQ(judged, 20);
    EXPECT_EQ(throttled, 44);
}

TEST_F(LoginApiTest, BelievesATokenOnlyInTheFormOfTheStandard) {
    insert_user(*database, {});
    const std::string token = tokens.sign("ann@example.com", clock.now());
    for (const std::string& value : {"Bearer " + token, "bearer " + token, "BEARER   " + token})
        EXPECT_TRUE(who(value)) << value;
    for (const std::string& value :
         {token, "Bearer" + token, std::string("Bearer "), std::string("Bearer"), std::string(),
          "Basic " + token, "Bearer " + token + " x", "Bearer\t" + token, "Token " + token})
        EXPECT_FALSE(who(value)) << value;
    http::ARequest bare(http::Method::get);
    EXPECT_FALSE(run(authenticate(bare.request)));
}

TEST_F(LoginApiTest, BelievesATokenOnlyWhileItsUserIsActive) {
    insert_user(*database, {});
    const std::string value = "Bearer " + tokens.sign("ann@example.com", clock.now());
    EXPECT_TRUE(who(value));
    run(database->write(db::sql("UPDATE users SET is_active = $1", false)));
    EXPECT_FALSE(who(value));
    run(database->write(db::sql("UPDATE users SET is_active = $1, role = 'ADMIN'", true)));
    EXPECT_EQ(who(value)->role, http::Role::admin);
    clock.advance(30min);
    EXPECT_FALSE(who(value));
    EXPECT_FALSE(who("Bearer " + tokens.sign("nobody@example.com", clock.now())));
}

TEST_F(LoginApiTest, ATokenFromBeforeAChangeOfThePasswordCountsNoMoreAndOneFromAfterDoes) {
    insert_user(*database, {});
    const std::string before = "Bearer " + tokens.sign("ann@example.com", clock.now());
    EXPECT_TRUE(who(before));
    run(database->write(db::sql("UPDATE users SET tokens_valid_from = $1", tokens_valid_after(clock.now()))));
    EXPECT_FALSE(who(before));
    // In the same second.
    const http::Response response = login(right_form);
    const auto body = boost::json::parse(response.body).as_object();
    EXPECT_TRUE(who("Bearer " + std::string(body.at("access_token").as_string())));
}

TEST_F(LoginApiTest, DescribesItsAnswer) {
    const std::vector<http::Schema> schemas = LoginApi::schemas();
    ASSERT_EQ(schemas.size(), 1u);
    EXPECT_EQ(schemas[0].name, LoginApi::login_operation.answer_schema);
}

TEST_F(LoginApiTest, LoginsAreInTheAuditLog) {
    const std::int64_t ann = insert_user(*database, {.email = "ann@example.com"});
    login("username=ann%40example.com&password=correct+horse+battery+staple");
    login("username=ann%40example.com&password=wrong");
    login("username=nobody%40example.com&password=wrong");
    const db::Rows rows = run(database->read(db::sql(
        "SELECT action, coalesce(actor_id, 0), coalesce(user_id, 0) FROM audit_pending ORDER BY id")));
    ASSERT_EQ(rows.size(), 3u);
    const auto entry = [&](std::size_t i) {
        return fmt::format("{} {} {}", rows[i].get<std::string>(0), rows[i].get<std::int64_t>(1),
                           rows[i].get<std::int64_t>(2));
    };
    EXPECT_EQ(entry(0), fmt::format("LOGIN_SUCCEEDED {} 0", ann));
    EXPECT_EQ(entry(1), fmt::format("LOGIN_FAILED 0 {}", ann));
    EXPECT_EQ(entry(2), "LOGIN_FAILED 0 0");
}

}  // namespace
}  // namespace alma::auth
