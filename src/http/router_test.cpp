#include "http/router.hpp"

#include "base/error.hpp"
#include "support/http_request.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

namespace alma::http {
namespace {

awaitable<Response> answer(Request&) {
    co_return text_response(Status::ok, "public");
}
awaitable<Response> answer_to(Request&, const Principal& principal) {
    co_return text_response(Status::ok, principal.email);
}

Route public_route(Method method, std::string_view path, std::size_t body_limit = 0) {
    return {method, path, Access::anyone, body_limit, PublicHandler(answer), nullptr};
}
Route guarded_route(Method method, std::string_view path, Access access) {
    return {method, path, access, 0, AuthenticatedHandler(answer_to), nullptr};
}

/// Authorization is the role itself.
awaitable<std::optional<Principal>> by_role(Request& request) {
    const auto role = request.header("Authorization");
    std::optional<Principal> principal;
    if (role == "admin") principal = Principal{1, "admin@example.com", Role::admin};
    if (role == "attorney") principal = Principal{2, "attorney@example.com", Role::attorney};
    co_return principal;
}

Router a_router() {
    return Router(
        {public_route(Method::post, "/leads/", 100), guarded_route(Method::get, "/leads/", Access::attorney),
         guarded_route(Method::get, "/leads/{lead_uuid}", Access::attorney),
         guarded_route(Method::get, "/leads/{lead_uuid}/resume", Access::attorney),
         public_route(Method::post, "/users/initial"),
         guarded_route(Method::delete_, "/users/{id}", Access::admin), public_route(Method::get, "/")},
        by_role);
}

class RouterTest : public testing::Test {
protected:
    std::string_view route_of(Method method, std::string target) {
        requests.push_back(std::make_unique<ARequest>(method, std::move(target)));
        match = router.match(requests.back()->request);
        return match.route == nullptr ? std::string_view() : match.route->path;
    }
    ErrorKind refusal(ARequest& a) {
        const Route* route = router.match(a.request).route;
        try {
            run(router.call(*route, a.request));
        } catch (const Error& error) {
            return error.kind();
        }
        ADD_FAILURE() << "the call was not refused";
        return ErrorKind::malformed;
    }
    const std::string& parameter(std::string_view name) {
        return requests.back()->request.path_parameter(name);
    }

    Router router = a_router();
    std::vector<std::unique_ptr<ARequest>> requests;
    Router::Match match;
};

TEST_F(RouterTest, TakesPathsWithAndWithoutAFinalSlash) {
    EXPECT_EQ(route_of(Method::get, "/leads/"), "/leads/");
    EXPECT_EQ(route_of(Method::get, "/leads"), "/leads/");
    EXPECT_EQ(route_of(Method::get, "/leads/1/resume/"), "/leads/{lead_uuid}/resume");
    EXPECT_EQ(route_of(Method::get, "/"), "/");
}

TEST_F(RouterTest, DecodesParametersAfterMatching) {
    EXPECT_EQ(route_of(Method::get, "/leads/a%2Fb%20c"), "/leads/{lead_uuid}");
    EXPECT_EQ(parameter("lead_uuid"), "a/b c");
    EXPECT_THROW(parameter("other"), std::logic_error);
}

TEST_F(RouterTest, DecodesEachSegmentOnceBeforeMatching) {
    EXPECT_EQ(route_of(Method::get, "/%6ceads/"), "/leads/");
    EXPECT_EQ(route_of(Method::get, "/le%61ds/1/%72%65sume"), "/leads/{lead_uuid}/resume");
    EXPECT_EQ(route_of(Method::post, "/users/%69nitial"), "/users/initial");
    EXPECT_EQ(route_of(Method::get, "/leads/%2561"), "/leads/{lead_uuid}");
    EXPECT_EQ(parameter("lead_uuid"), "%61");
}

TEST_F(RouterTest, KnowsNoOtherPath) {
    for (const char* path :
         {"/nothing", "/leads//", "//leads", "/leads/..", "/leads/%2e%2e", "/leads/.", "/leads/%zz",
          "/leads/a/b/c", "/LEADS", "/leads/x/resume/y", "*", "/le%6", "/leads%00", "/%256ceads",
          "/leads%2Fa", "/leads%2f", "%2Fleads", "/users%2Finitial"}) {
        EXPECT_EQ(route_of(Method::get, path), "") << path;
        EXPECT_EQ(match.allow, "") << path;
    }
}

TEST_F(RouterTest, SaysWhatAPathAllows) {
    EXPECT_EQ(route_of(Method::delete_, "/leads"), "");
    EXPECT_EQ(match.allow, "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(route_of(Method::head, "/leads"), "/leads/");
    EXPECT_EQ(route_of(Method::head, "/users/initial"), "");
    EXPECT_EQ(match.allow, "POST, OPTIONS");
}

TEST_F(RouterTest, PrefersTheLiteralSegment) {
    EXPECT_EQ(route_of(Method::post, "/users/initial"), "/users/initial");
    EXPECT_EQ(route_of(Method::delete_, "/users/7"), "/users/{id}");
    EXPECT_EQ(requests.back()->request.path_parameters.size(), 1u);
}

TEST_F(RouterTest, ChecksWhoCallsBeforeTheHandlerRuns) {
    ARequest anonymous(Method::get, "/leads");
    EXPECT_EQ(refusal(anonymous), ErrorKind::unauthenticated);
    ARequest attorney(Method::delete_, "/users/7");
    attorney.with("Authorization", "attorney");
    EXPECT_EQ(refusal(attorney), ErrorKind::forbidden);
}

TEST_F(RouterTest, LetsAnAdminDoWhatAnAttorneyMay) {
    ARequest admin(Method::get, "/leads");
    admin.with("Authorization", "admin");
    const Route* route = router.match(admin.request).route;
    EXPECT_EQ(run(router.call(*route, admin.request)).body, "admin@example.com");
}

TEST(Router, RefusesATableThatContradictsItself) {
    EXPECT_THROW(Router({public_route(Method::get, "/a"), public_route(Method::get, "/a/")}, by_role),
                 std::logic_error);
    EXPECT_THROW(Router({public_route(Method::get, "/{a}"), public_route(Method::get, "/{b}/c")}, by_role),
                 std::logic_error);
    Route unguarded = public_route(Method::get, "/a");
    unguarded.access = Access::admin;
    EXPECT_THROW(Router({unguarded}, by_role), std::logic_error);
}

}  // namespace
}  // namespace alma::http
