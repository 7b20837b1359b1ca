#include "app/routes.hpp"

#include "app/pages.hpp"
#include "http/router.hpp"
#include "support/run.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace alma::app {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::Pair;

awaitable<std::optional<http::Principal>> nobody(http::Request&) {
    co_return std::nullopt;
}

TEST(Routes, FitTheRouter) {
    const http::Router router(routes({}), nobody);
    http::Request request;
    request.method = http::Method::get;
    request.path = "/leads/550e8400-e29b-41d4-a716-446655440000/resume";
    const auto match = router.match(request);
    ASSERT_NE(match.route, nullptr);
    EXPECT_EQ(match.route->path, "/leads/{lead_uuid}/resume");
}

TEST(Routes, OnlyWhatIsMeantForAnyoneIsOpen) {
    std::set<std::string> open;
    for (const http::Route& route : routes({})) {
        if (route.access == http::Access::anyone)
            open.insert(fmt::format("{} {}", to_text(route.method), route.path));
    }
    EXPECT_EQ(open, (std::set<std::string>{"POST /token",
                                           "POST /session",
                                           "POST /password-resets",
                                           "POST /password-resets/confirm",
                                           "POST /users/initial",
                                           "POST /leads/",
                                           "GET /",
                                           "GET /inbox",
                                           "GET /apply",
                                           "POST /apply",
                                           "GET /apply/thank-you",
                                           "GET /apply/embed",
                                           "POST /apply/embed",
                                           "GET /apply/embed/thank-you",
                                           "GET /inbox/preview",
                                           "GET /inbox/welcome",
                                           "GET /openapi.json",
                                           "GET /docs",
                                           "GET /redoc",
                                           "GET /assets/{name}",
                                           "GET /healthz",
                                           "GET /readyz",
                                           "GET /metrics"}));
}

TEST(Routes, EveryOneOfTheApiIsDocumented) {
    const auto document = boost::json::parse(openapi_document()).as_object();
    const auto& paths = document.at("paths").as_object();
    for (const http::Route& route : routes({})) {
        if (route.operation == nullptr) continue;
        std::string method(to_text(route.method));
        std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
        EXPECT_TRUE(paths.at(boost::json::string_view(route.path.data(), route.path.size()))
                        .as_object()
                        .contains(method))
            << route.path;
    }
}

TEST(Pages, TheDocumentHasATagAndIsNotSentTwice) {
    Pages pages("{}");
    http::Request request;
    const http::Response first = run(pages.openapi(request));
    EXPECT_EQ(first.body, "{}");
    ASSERT_THAT(first.headers, Contains(Key("ETag")));
    const std::string etag =
        std::ranges::find(first.headers, "ETag", [](const auto& h) { return h.first; })->second;
    request.headers.push_back({"If-None-Match", etag});
    EXPECT_EQ(run(pages.openapi(request)).status, http::Status::not_modified);
    EXPECT_THAT(run(Pages("[]").openapi(request)).headers, Contains(Pair("ETag", ::testing::Ne(etag))));
}

}  // namespace
}  // namespace alma::app
