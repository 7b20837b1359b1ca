#include "mail/outbox_api.hpp"

#include "mail/outbox_store.hpp"
#include "support/http_request.hpp"
#include "support/mail_rows.hpp"
#include "support/manual_clock.hpp"
#include "support/test_database.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::mail {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class OutboxApiTest : public testing::Test {
protected:
    http::Response ask(std::string_view query = "") {
        http::ARequest get(http::Method::get);
        get.request.query = query;
        return run(api.list(get.request));
    }
    boost::json::array list(std::string_view query = "") {
        return boost::json::parse(ask(query).body).as_array();
    }

    TestDatabase database;
    ManualClock clock;
    OutboxApi api{*database};
};

TEST_F(OutboxApiTest, TellsWhatWaitsAndWhy) {
    EXPECT_TRUE(list().empty());
    const Uuid lead = add_lead(*database, clock.now());
    const auto claimed = run(claim_due(*database, "lease", clock.now(), clock.now() + 120s, 1));
    run(finish_for_retry(*database, claimed.at(0).id, "lease", clock.now() + 60s, "451 4.7.1 Greylisted"));
    const boost::json::array mails = list();
    ASSERT_EQ(mails.size(), 2u);
    const boost::json::object& tried = mails[1].as_object();
    EXPECT_EQ(tried.at("kind").as_string(), "CONFIRMATION");
    EXPECT_EQ(tried.at("lead_uuid").as_string(), to_text(lead));
    EXPECT_EQ(tried.at("lead_name").as_string(), "Łukasz O'Neil");
    EXPECT_EQ(tried.at("attempts").as_int64(), 1);
    EXPECT_EQ(tried.at("next_attempt_at").as_string(), to_text(clock.now() + 60s));
    EXPECT_EQ(tried.at("last_error").as_string(), "451 4.7.1 Greylisted");
    EXPECT_EQ(mails[0].at("kind").as_string(), "NOTIFICATION");
    EXPECT_TRUE(mails[0].at("last_error").is_null());
    EXPECT_EQ(mails[0].at("created_at").as_string(), to_text(clock.now()));
}

TEST_F(OutboxApiTest, IsPagedFromTheNewestOn) {
    add_lead(*database, clock.now());
    add_lead(*database, clock.now());
    const http::Response first = ask("limit=3");
    EXPECT_EQ(boost::json::parse(first.body).as_array().size(), 3u);
    ASSERT_EQ(first.headers.size(), 1u);
    EXPECT_THAT(first.headers[0].second, HasSubstr("/admin/outbox/?limit=3&cursor=2"));
    const boost::json::array rest = list("limit=3&cursor=2");
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].at("id").as_int64(), 1);
}

}  // namespace
}  // namespace alma::mail
