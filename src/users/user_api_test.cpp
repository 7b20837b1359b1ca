#include "users/user_api.hpp"

#include "http/problem.hpp"
#include "support/http_request.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace alma::users {
namespace {

class UserApiTest : public testing::Test {
protected:
    TestDatabase database;
    ManualClock clock;
    WorkerPool passwords{"passwords", 1, 16};
    Accounts accounts{*database, passwords, clock};
    UserApi api{accounts};

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

TEST_F(UserApiTest, DescribesItsAnswer) {
    const std::vector<http::Schema> schemas = UserApi::schemas();
    ASSERT_EQ(schemas.size(), 1u);
    EXPECT_EQ(schemas[0].name, UserApi::create_operation.answer_schema);
    for (const auto& key : schemas[0].schema.at("required").as_array())
        EXPECT_NE(std::string(ann).find("\"" + std::string(key.as_string()) + "\":"), std::string::npos);
}

}  // namespace
}  // namespace alma::users
