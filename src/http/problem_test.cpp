#include "http/problem.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

template <class Failure>
Response problem_of(Failure failure) {
    return problem_from(std::make_exception_ptr(std::move(failure)), "test");
}

TEST(Problem, ShowsTheDetailOfAnError) {
    const Response response = problem_of(Error(ErrorKind::not_found, "Lead \"x\" not found"));
    EXPECT_EQ(response.status, Status::not_found);
    EXPECT_EQ(response.body, R"({"detail":"Lead \"x\" not found"})");
    EXPECT_EQ(response.content_type, "application/json");
}

TEST(Problem, SaysHowToAuthenticate) {
    EXPECT_THAT(problem_of(Error(ErrorKind::unauthenticated, "no")).headers,
                ElementsAre(Pair("WWW-Authenticate", "Bearer")));
}

TEST(Problem, SaysWhenToComeBack) {
    EXPECT_THAT(problem_of(Error(ErrorKind::rate_limited, "no", std::chrono::seconds(42))).headers,
                ElementsAre(Pair("Retry-After", "42")));
    EXPECT_THAT(problem_of(Error(ErrorKind::unavailable, "no")).headers,
                ElementsAre(Pair("Retry-After", "1")));
}

TEST(Problem, ListsFieldsAsFastApiDoes) {
    FieldError missing{.type = "missing", .location = {"body", "email"}, .message = "Field required"};
    FieldError broken{.type = "json_invalid",
                      .location = {"body", "17"},
                      .message = "JSON decode error",
                      .input = "{}",
                      .is_json_input = true,
                      .context = R"({"error":"x"})"};
    const Response response = problem_of(Error(std::vector{missing, broken}));
    EXPECT_EQ(response.status, Status::unprocessable_content);
    EXPECT_EQ(
        response.body,
        R"({"detail":[{"type":"missing","loc":["body","email"],"msg":"Field required","input":null},)"
        R"({"type":"json_invalid","loc":["body",17],"msg":"JSON decode error","input":{},"ctx":{"error":"x"}}]})");
}

TEST(Problem, SaysNothingOfTheInside) {
    const Response response = problem_of(std::runtime_error("password=hunter2"));
    EXPECT_EQ(response.status, Status::internal_server_error);
    EXPECT_EQ(response.body, R"({"detail":"Internal Server Error"})");
}

TEST(Problem, TakesACancelledOperationForAStop) {
    testing::internal::CaptureStdout();
    const Response response = problem_of(boost::system::system_error(asio::error::operation_aborted));
    EXPECT_EQ(response.status, Status::service_unavailable);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

}  // namespace
}  // namespace alma::http
