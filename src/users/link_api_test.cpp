#include "users/link_api.hpp"

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

constexpr const char* too_many = R"({"detail":"Too many requests. Please try again later."})";

class LinkApiTest : public testing::Test {
protected:
    TestDatabase database;
    ManualClock clock;
    WorkerPool passwords{"passwords", 1, 16};
    const std::string key = "a key of thirty-two bytes or more";
    Invitations invitations{
        *database, passwords, {.public_base_url = "https://leads.example", .key = key}, clock, [] {}};
    LinkThrottle throttle{
        {.per_source = limits::Rate{.count = 5, .window = 1h}, .secret = "secret"}, clock, *database};
    LinkApi api{invitations, throttle};
    const http::Principal admin{.id = 4711, .email = "admin@example.com", .role = http::Role::admin};

    static http::ARequest post(std::string body, const char* client = "192.0.2.1") {
        http::ARequest request(http::Method::post);
        request.with("Content-Type", "application/json").with_body(std::move(body));
        request.request.client = asio::ip::make_address(client);
        return request;
    }
    static http::Response answer(awaitable<http::Response> task) {
        try {
            return run(std::move(task));
        } catch (...) {
            return http::problem_from(std::current_exception(), "test");
        }
    }
    http::Response ask(const std::string& email, const char* client = "192.0.2.1") {
        http::ARequest request = post(R"({"email":")" + email + "\"}", client);
        return answer(api.ask_reset(request.request));
    }
    http::Response use(const std::string& token, const char* client = "192.0.2.1") {
        http::ARequest request = post(R"({"password":"correct horse","token":")" + token + "\"}", client);
        return answer(api.use(request.request));
    }
    http::Response invite(const std::string& email) {
        http::ARequest request = post(R"({"email":")" + email + "\"}");
        return answer(api.invite(request.request, admin));
    }
    http::Response invite_again(std::int64_t id) {
        http::ARequest request = post("");
        request.request.path_parameters.emplace_back("user_id", std::to_string(id));
        return answer(api.invite_again(request.request, admin));
    }
    std::string last_token() {
        return mail::link_token(
            key, run(database->read(db::sql("SELECT id FROM account_links ORDER BY created_at DESC LIMIT 1")))
                     .front()
                     .get<Uuid>(0));
    }
    std::int64_t mails() { return select_number(*database, "SELECT count(*) FROM outbox"); }
};

TEST_F(LinkApiTest, AResetIsAnsweredAlikeWhoeverItIsFor) {
    insert_user(*database, {.email = "ann@example.com"});
    insert_user(*database, {.email = "old@example.com", .is_active = false});
    const std::string body = ask("ann@example.com").body;
    EXPECT_EQ(body,
              R"({"message":"If there is an account with this address, a mail with a link is on its way"})");
    for (const char* email : {"nobody@example.com", "old@example.com", "nonsense"})
        EXPECT_EQ(ask(email).body, body);
    EXPECT_EQ(mails(), 1);
}

TEST_F(LinkApiTest, NoMailboxGetsMoreThanThreeResetsAnHourFromWhomever) {
    insert_user(*database, {.email = "ann@example.com"});
    const std::string body = ask("ann@example.com").body;
    for (int i = 2; i <= 6; ++i)
        EXPECT_EQ(ask("ANN@example.com", fmt::format("192.0.2.{}", i).c_str()).body, body);
    EXPECT_EQ(mails(), 3);
    clock.advance(1h);
    ask("ann@example.com");
    EXPECT_EQ(select_number(*database, "SELECT count(*) FROM outbox WHERE created_at = $1", clock.now()), 1);
}

TEST_F(LinkApiTest, OneAddressMayAskForFewOnly) {
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(ask(fmt::format("{}@example.com", i)).status, http::Status::ok);
    EXPECT_EQ(ask("ann@example.com").body, too_many);
    EXPECT_EQ(ask("ann@example.com", "192.0.2.2").status, http::Status::ok);
}

TEST_F(LinkApiTest, OneAddressMayGuessAFewTimesOnly) {
    insert_user(*database, {.email = "ann@example.com"});
    ask("ann@example.com", "192.0.2.2");
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(use(std::string(43, 'x')).body, R"({"detail":"This link is invalid or has expired"})");
    EXPECT_EQ(use(last_token()).body, too_many);
    EXPECT_EQ(use(last_token(), "192.0.2.2").body, R"({"message":"Password set"})");
}

TEST_F(LinkApiTest, RightLinksUseNoAllowance) {
    insert_user(*database, {.email = "ann@example.com"});
    for (int i = 0; i < 3; ++i) {
        ask("ann@example.com", "192.0.2.2");
        for (int times = 0; times < 2; ++times) {
            http::ARequest request = post(R"({"password":"short","token":"x"})");
            EXPECT_EQ(answer(api.use(request.request)).status, http::Status::unprocessable_content);
        }
        EXPECT_EQ(use(last_token()).status, http::Status::ok);
        clock.advance(1s);
    }
    EXPECT_EQ(use("x").status, http::Status::bad_request);
}

TEST_F(LinkApiTest, NoAnswerRepeatsAToken) {
    const std::string long_token(200, 't');
    const http::Response response = use(long_token);
    EXPECT_EQ(response.status, http::Status::unprocessable_content);
    EXPECT_EQ(response.body.find("tttt"), std::string::npos);
}

TEST_F(LinkApiTest, AnInvitationIsAnsweredWithTheAccount) {
    const http::Response response = invite("ann@example.com");
    EXPECT_EQ(response.status, http::Status::ok) << response.body;
    const auto account = boost::json::parse(response.body).as_object();
    EXPECT_EQ(account.size(), 7u);
    EXPECT_EQ(account.at("is_invited"), true);
    EXPECT_EQ(account.at("role"), "ATTORNEY");
}

TEST_F(LinkApiTest, NoMailboxGetsMoreThanThreeInvitationsAnHour) {
    const std::int64_t id = boost::json::parse(invite("ann@example.com").body).at("id").as_int64();
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(invite_again(id).body, R"({"message":"Invitation sent"})");
    EXPECT_EQ(invite_again(id).body, too_many);
    EXPECT_EQ(invite_again(4711).body, R"({"detail":"User not found"})");
    clock.advance(1h);
    EXPECT_EQ(invite_again(id).status, http::Status::ok);
}

}  // namespace
}  // namespace alma::users
