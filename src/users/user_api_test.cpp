#include "users/user_api.hpp"

#include "http/problem.hpp"
#include "support/http_request.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <map>

namespace alma::users {
namespace {

class UserApiTest : public testing::Test {
protected:
    TestDatabase database;
    ManualClock clock;
    WorkerPool passwords{"passwords", 1, 16};
    Accounts accounts{*database, passwords, clock};
    auth::LoginThrottle throttle{
        {.per_account = limits::Rate{.count = 2, .window = std::chrono::hours(1)}, .secret = "secret"},
        clock,
        *database};
    audit::Recorder audit_log{*database};
    auth::Login login{*database, throttle, passwords, audit_log, clock};
    UserApi api{accounts, login};

    using Handler = awaitable<http::Response> (UserApi::*)(http::Request&);
    using AdminHandler = awaitable<http::Response> (UserApi::*)(http::Request&, const http::Principal&);

    http::Response answer(Handler handler, http::ARequest& request) {
        try {
            return run((api.*handler)(request.request));
        } catch (...) {
            return http::problem_from(std::current_exception(), "test");
        }
    }
    http::Response answer(AdminHandler handler, http::ARequest& request) {
        const http::Principal admin{.id = 1, .email = "admin@example.com", .role = http::Role::admin};
        try {
            return run((api.*handler)(request.request, admin));
        } catch (...) {
            return http::problem_from(std::current_exception(), "test");
        }
    }
    template <class AnyHandler>
    http::Response post_json(AnyHandler handler, std::string body) {
        http::ARequest request(http::Method::post);
        request.with("Content-Type", "application/json").with_body(std::move(body));
        return answer(handler, request);
    }
};

constexpr const char* ann =
    R"({"id":1,"email":"ann@example.com","role":"ATTORNEY","is_active":true,)"
    R"("created_at":"2025-09-26T19:42:27.248539","updated_at":"2025-09-26T19:42:27.248539"})";

TEST_F(UserApiTest, AnswersANewUserWithTheSixKeysOfTheContract) {
    const http::Response response = post_json(
        &UserApi::create, R"({"email":"ann@example.com","password":"correct horse","role":"ATTORNEY"})");
    EXPECT_EQ(response.status, http::Status::ok);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(response.body, ann);
}

TEST_F(UserApiTest, MakesAnAttorneyWhenNoRoleIsSent) {
    http::ARequest request(http::Method::post);
    request.with("Content-Type", "application/x-www-form-urlencoded")
        .with_body("email=ann%40example.com&password=correct+horse");
    EXPECT_EQ(answer(&UserApi::create, request).body, ann);
}

TEST_F(UserApiTest, TakesQueryParameters) {
    http::ARequest request(http::Method::post,
                           "/users/initial?email=ann%40example.com&password=correct%20horse");
    const http::Response response = answer(&UserApi::create_initial, request);
    EXPECT_EQ(response.status, http::Status::ok);
    EXPECT_NE(response.body.find(R"("role":"ADMIN")"), std::string::npos);
}

TEST_F(UserApiTest, NamesEveryMissingField) {
    const http::Response response = post_json(&UserApi::create, "{}");
    EXPECT_EQ(response.status, http::Status::unprocessable_content);
    for (const char* field : {"email", "password"})
        EXPECT_NE(response.body.find(R"({"type":"missing","loc":["body",")" + std::string(field) +
                                     R"("],"msg":"Field required","input":null})"),
                  std::string::npos)
            << response.body;
}

TEST_F(UserApiTest, RefusesAPasswordOfTheWrongLengthWithoutRepeatingIt) {
    for (const std::string& password : {std::string("secret7"), std::string(129, 's')}) {
        const http::Response response =
            post_json(&UserApi::create, R"({"email":"ann@example.com","password":")" + password + "\"}");
        EXPECT_EQ(response.status, http::Status::unprocessable_content);
        EXPECT_NE(response.body.find(password.size() < 8 ? "string_too_short" : "string_too_long"),
                  std::string::npos);
        EXPECT_NE(response.body.find(R"("loc":["body","password"])"), std::string::npos);
        EXPECT_EQ(response.body.find(password), std::string::npos);
    }
}

TEST_F(UserApiTest, AnswersRefusalsWithTheTextsOfTheContract) {
    insert_user(*database, {});
    const auto detail = [&](auto handler, const char* body) {
        const http::Response response = post_json(handler, body);
        EXPECT_EQ(response.status, http::Status::bad_request);
        return response.body;
    };
    EXPECT_EQ(detail(&UserApi::create, R"({"email":"ann","password":"correct horse"})"),
              R"({"detail":"Invalid email format"})");
    EXPECT_EQ(detail(&UserApi::create, R"({"email":"ANN@example.com","password":"correct horse"})"),
              R"({"detail":"Email already exists"})");
    EXPECT_EQ(detail(&UserApi::create, R"({"email":"b@c.d","password":"correct horse","role":"admin"})"),
              R"({"detail":"Invalid role. Must be 'ATTORNEY' or 'ADMIN'"})");
    EXPECT_EQ(detail(&UserApi::create_initial, R"({"email":"b@c.d","password":"correct horse"})"),
              R"({"detail":"Initial user already exists. Use /users/ endpoint with authentication."})");
}

TEST_F(UserApiTest, IgnoresWhatAClientMayNotSet) {
    const http::Response response = post_json(
        &UserApi::create,
        R"({"email":"ann@example.com","password":"correct horse","id":7,"is_active":false,"created_at":"x"})");
    EXPECT_EQ(response.body, ann);
}

TEST_F(UserApiTest, DescribesItsAnswers) {
    std::map<std::string_view, boost::json::object> schemas;
    for (http::Schema& schema : UserApi::schemas())
        schemas.emplace(schema.name, std::move(schema.schema));
    for (const http::Operation* operation : {&UserApi::create_operation, &UserApi::list_operation,
                                             &UserApi::assignees_operation, &UserApi::change_operation})
        EXPECT_TRUE(schemas.contains(operation->answer_schema)) << operation->id;
    for (const auto& key : schemas.at("User").at("required").as_array())
        EXPECT_NE(std::string(ann).find("\"" + std::string(key.as_string()) + "\":"), std::string::npos);
}

TEST_F(UserApiTest, ListsAccountsAndWhomALeadCanBeAssignedTo) {
    const std::int64_t first = insert_user(*database, {.email = "a@example.com"});
    insert_user(*database, {.email = "b@example.com", .is_active = false});
    http::ARequest list(http::Method::get);
    const auto accounts_shown = boost::json::parse(answer(&UserApi::list, list).body).as_array();
    ASSERT_EQ(accounts_shown.size(), 2u);
    EXPECT_EQ(accounts_shown[0].as_object().size(), 7u);
    EXPECT_EQ(accounts_shown[0].at("is_invited"), false);
    http::ARequest assignees(http::Method::get);
    EXPECT_EQ(answer(&UserApi::assignees, assignees).body,
              fmt::format(R"([{{"id":{},"email":"a@example.com"}}])", first));
}

class UserChangeTest : public UserApiTest {
protected:
    http::Response put(const std::string& id, std::string body) {
        http::ARequest request(http::Method::put);
        request.with("Content-Type", "application/json").with_body(std::move(body));
        request.request.path_parameters.emplace_back("user_id", id);
        return answer(&UserApi::change, request);
    }
    const std::string bob = std::to_string(insert_user(*database, {.email = "bob@example.com"}));
};

TEST_F(UserChangeTest, AnswersTheChangedAccount) {
    const http::Response response = put(bob, R"({"role":"ADMIN","is_active":false})");
    EXPECT_EQ(response.status, http::Status::ok) << response.body;
    const auto account = boost::json::parse(response.body).as_object();
    EXPECT_EQ(account.at("role"), "ADMIN");
    EXPECT_EQ(account.at("is_active"), false);
}

TEST_F(UserChangeTest, FindsOnlyWhoIsThere) {
    for (const char* id : {"4711", "0", "-1", "x", "", "1x", "1.0", "99999999999999999999", "me"})
        EXPECT_EQ(put(id, R"({"role":"ADMIN"})").body, R"({"detail":"User not found"})") << id;
}

TEST_F(UserChangeTest, RefusesWhatIsNoChange) {
    EXPECT_EQ(put(bob, "{}").body, R"({"detail":"Send role, is_active or both"})");
    EXPECT_EQ(put(bob, R"({"role":"admin"})").body,
              R"({"detail":"Invalid role. Must be 'ATTORNEY' or 'ADMIN'"})");
    for (const char* body :
         {R"({"role":""})", R"({"role":null})", R"({"is_active":"yes"})", R"({"is_active":null})", "[]"})
        EXPECT_EQ(put(bob, body).status, http::Status::unprocessable_content) << body;
}

class OwnPasswordTest : public UserApiTest {
protected:
    const http::Principal bob{.id = insert_user(*database, {.email = "bob@example.com"}),
                              .email = "bob@example.com"};

    http::Response change(const std::string& current, const std::string& next) {
        http::ARequest request(http::Method::put);
        request.with("Content-Type", "application/json")
            .with_body(R"({"current_password":")" + current + R"(","new_password":")" + next + "\"}");
        try {
            return run(api.change_own_password(request.request, bob));
        } catch (...) {
            return http::problem_from(std::current_exception(), "test");
        }
    }
};

TEST_F(OwnPasswordTest, IsChangedByWhoKnowsIt) {
    EXPECT_EQ(change(cheap_password, "a new and longer one").body, R"({"message":"Password changed"})");
    clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(change(cheap_password, "yet another one").body,
              R"({"detail":"Current password is incorrect"})");
    EXPECT_EQ(change("a new and longer one", "yet another one").status, http::Status::ok);
}

TEST_F(OwnPasswordTest, IsThrottledLikeALogin) {
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(change("wrong", "a new and longer one").status, http::Status::bad_request);
    EXPECT_EQ(change(cheap_password, "a new and longer one").status, http::Status::too_many_requests);
}

TEST_F(OwnPasswordTest, HasToBeLongEnough) {
    EXPECT_EQ(change(cheap_password, "short").status, http::Status::unprocessable_content);
}

}  // namespace
}  // namespace alma::users
