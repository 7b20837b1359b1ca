#include "users/session_api.hpp"

#include "auth/authenticator.hpp"
#include "http/problem.hpp"
#include "support/http_request.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace alma::users {
namespace {

using namespace std::chrono_literals;

class SessionApiTest : public testing::Test {
protected:
    TestDatabase database;
    ManualClock clock;
    auth::TokenSigner tokens{"a secret key of at least thirty-two bytes", 30min};
    auth::LoginThrottle throttle{
        {.per_account = limits::Rate{.count = 20, .window = 1h}, .secret = "secret"}, clock, *database};
    WorkerPool passwords{"passwords", 2, 64};
    audit::Recorder audit_log{*database};
    auth::Login login{*database, throttle, passwords, audit_log, clock};
    auth::Authenticator authenticate{*database, tokens, clock};
    SessionApi api{*database, login, tokens, clock};
    const std::int64_t ann = insert_user(*database, {.email = "Ann@example.com"});

    static http::ARequest from_browser(http::Method method, std::string_view cookie = {}) {
        http::ARequest request(method, "/session");
        request.request.base_url = "https://leads.example";
        request.request.client = asio::ip::make_address("192.0.2.1");
        request.with("X-Requested-With", "alma-leads");
        if (!cookie.empty()) request.with("Cookie", cookie);
        return request;
    }
    http::Response start(http::ARequest request, const std::string& password = cheap_password) {
        request.with("Content-Type", "application/json")
            .with_body(R"({"email":"ann@example.com","password":")" + password + "\"}");
        try {
            return run(api.start(request.request));
        } catch (...) {
            return http::problem_from(std::current_exception(), "test");
        }
    }
    static std::string set_cookie(const http::Response& response) {
        for (const auto& [name, value] : response.headers) {
            if (name == "Set-Cookie") return value;
        }
        return "";
    }
    /// What the browser sends from then on.
    static std::string cookie(const http::Response& response) {
        return set_cookie(response).substr(0, set_cookie(response).find(';'));
    }
    std::optional<http::Principal> who(http::ARequest& request) { return run(authenticate(request.request)); }
    http::Response end(http::ARequest& request) {
        return run(api.end(request.request, who(request).value()));
    }
};

TEST_F(SessionApiTest, AnswersTheUserAndAnEndAndSetsACookieThatProvesTheUser) {
    const http::Response response = start(from_browser(http::Method::post));
    ASSERT_EQ(response.status, http::Status::ok) << response.body;
    EXPECT_EQ(response.body,
              fmt::format(
                  R"({{"user":{{"id":{},"email":"Ann@example.com","role":"ATTORNEY","is_active":true,)"
                  R"("created_at":"2025-09-26T19:42:27.248539","updated_at":"2025-09-26T19:42:27.248539"}},)"
                  R"("expires_at":"2025-09-27T03:42:27.248539"}})",
                  ann));
    EXPECT_TRUE(set_cookie(response).starts_with("__Host-alma_session="));
    EXPECT_TRUE(set_cookie(response).ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"));
    const std::string session = cookie(response);
    http::ARequest next = from_browser(http::Method::get, session);
    EXPECT_EQ(who(next)->id, ann);
    EXPECT_EQ(run(api.show(next.request, *who(next))).body, response.body);
}

TEST_F(SessionApiTest, AnswersAWrongPasswordLikeATokenIsRefusedAndSetsNoCookie) {
    const http::Response response = start(from_browser(http::Method::post), "wrong");
    EXPECT_EQ(response.status, http::Status::unauthorized);
    EXPECT_EQ(response.body, R"({"detail":"Incorrect email or password"})");
    EXPECT_EQ(set_cookie(response), "");
}

TEST_F(SessionApiTest, NoOtherSiteCanLogAVisitorIn) {
    http::ARequest request = from_browser(http::Method::post);
    request.with("Origin", "https://evil.example");
    const http::Response response = start(std::move(request));
    EXPECT_EQ(response.status, http::Status::forbidden);
    EXPECT_EQ(set_cookie(response), "");
}

TEST_F(SessionApiTest, AProgramThatIsNoBrowserMayLogIn) {
    http::ARequest request(http::Method::post, "/session");
    EXPECT_EQ(start(std::move(request)).status, http::Status::ok);
}

TEST_F(SessionApiTest, ALogoutEndsTheSessionAndTakesTheCookieAway) {
    const std::string session = cookie(start(from_browser(http::Method::post)));
    const std::string other = cookie(start(from_browser(http::Method::post)));
    http::ARequest request = from_browser(http::Method::delete_, session);
    const http::Response response = end(request);
    EXPECT_EQ(response.body, R"({"message":"Logged out"})");
    EXPECT_TRUE(set_cookie(response).starts_with("__Host-alma_session=; "));
    EXPECT_TRUE(set_cookie(response).ends_with("; Max-Age=0"));
    EXPECT_FALSE(who(request));
    http::ARequest elsewhere = from_browser(http::Method::get, other);
    EXPECT_TRUE(who(elsewhere));
}

TEST_F(SessionApiTest, ALogoutWithATokenRevokesIt) {
    const std::string header = "Bearer " + tokens.sign("ann@example.com", clock.now());
    const std::string another = "Bearer " + tokens.sign("ann@example.com", clock.now() + 1s);
    http::ARequest request(http::Method::delete_, "/session");
    request.with("Authorization", header);
    end(request);
    EXPECT_FALSE(who(request));
    http::ARequest with_another(http::Method::get);
    EXPECT_TRUE(who(with_another.with("Authorization", another)));
}

TEST_F(SessionApiTest, ALogoutWithBothEndsBoth) {
    const std::string session = cookie(start(from_browser(http::Method::post)));
    const std::string header = "Bearer " + tokens.sign("ann@example.com", clock.now());
    http::ARequest request = from_browser(http::Method::delete_, session);
    request.with("Authorization", header);
    end(request);
    EXPECT_FALSE(who(request));
    http::ARequest session_alone = from_browser(http::Method::get, session);
    EXPECT_FALSE(who(session_alone));
}

TEST_F(SessionApiTest, ATokenIsShownWithItsOwnEnd) {
    const std::string header = "Bearer " + tokens.sign("ann@example.com", clock.now());
    http::ARequest request(http::Method::get, "/session");
    request.with("Authorization", header);
    const auto body = boost::json::parse(run(api.show(request.request, *who(request))).body).as_object();
    EXPECT_EQ(body.at("expires_at"), "2025-09-26T20:12:27.000000");
}

TEST_F(SessionApiTest, LoginsAndLogoutsOfBrowsersAreInTheAuditLog) {
    const std::string session = cookie(start(from_browser(http::Method::post)));
    http::ARequest request = from_browser(http::Method::delete_, session);
    end(request);
    const db::Rows rows =
        run(database->search(db::sql("SELECT action, actor_id, details FROM audit_pending ORDER BY id")));
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].get<std::string>(0), "LOGIN_SUCCEEDED");
    EXPECT_EQ(rows[0].get<std::string>(2), R"({"session":true})");
    EXPECT_EQ(rows[1].get<std::string>(0), "LOGGED_OUT");
    EXPECT_EQ(rows[1].get<std::int64_t>(1), ann);
}

}  // namespace
}  // namespace alma::users
