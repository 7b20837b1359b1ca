#include "mail/failed_email_bulk_api.hpp"

#include "base/error.hpp"
#include "support/http_request.hpp"
#include "support/mail_rows.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_mailer.hpp"
#include "support/test_database.hpp"
#include "support/unreliable_database.hpp"
#include "support/wait_until.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace alma::mail {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class FailedEmailBulkApiTest : public testing::Test {
protected:
    FailedEmailBulkApiTest() { add_user(*database, "ann@law.example", "ATTORNEY"); }

    /// Ids 1 to `rows`, each of a lead of its own.
    void add_failed(int rows) {
        static constexpr std::string_view insert = R"(
            INSERT INTO failed_emails (message_id, lead_id, lead_uuid, lead_name, lead_email, attorney_emails,
                                       error_message, created_at, updated_at)
            VALUES ($1, (SELECT id FROM leads WHERE uuid = $2), $2, 'Ada', 'ada@example.com', '[]', '550', $3, $3))";
        for (int i = 0; i < rows; ++i) {
            const Uuid lead = add_lead(*database, clock.now());
            run(database->write(db::sql(insert, random_uuid(), lead, clock.now())));
        }
    }
    using Handler = awaitable<http::Response> (FailedEmailBulkApi::*)(http::Request&);
    /// "1 SENT", ...
    static std::vector<std::string> call(FailedEmailBulkApi& api, Handler handler, std::string_view ids) {
        http::ARequest post(http::Method::post);
        post.with("Content-Type", "application/json").with_body(fmt::format(R"({{"ids":{}}})", ids));
        const http::Response response = run((api.*handler)(post.request));
        std::vector<std::string> outcomes;
        for (const auto& outcome : boost::json::parse(response.body).as_array())
            outcomes.push_back(fmt::format("{} {}", outcome.at("id").as_int64(),
                                           std::string_view(outcome.at("result").as_string())));
        return outcomes;
    }
    std::vector<std::string> resend(std::string_view ids) {
        return call(api, &FailedEmailBulkApi::resend, ids);
    }
    std::vector<std::string> remove(std::string_view ids) {
        return call(api, &FailedEmailBulkApi::remove, ids);
    }
    std::int64_t rows() { return count(*database, "SELECT count(*) FROM failed_emails"); }

    TestDatabase database;
    RecordingMailer mailer;
    ManualClock clock;
    Resender resender{*database, mailer, clock, ""};
    FailedEmailBulkApi api{*database, resender, clock};
};

TEST_F(FailedEmailBulkApiTest, AnswersForEachInTheOrderOfTheRequest) {
    add_failed(3);
    EXPECT_THAT(resend("[3,77,1]"), ElementsAre("3 SENT", "77 NOT_FOUND", "1 SENT"));
    EXPECT_THAT(mailer.sent(), SizeIs(2));
    EXPECT_EQ(rows(), 1);
}

TEST_F(FailedEmailBulkApiTest, OneThatTheMailServerRefusesIsKeptAndTheOthersAreSent) {
    add_failed(2);
    UnreliableDatabase unreliable(*database);
    Resender breaking(unreliable, mailer, clock, "");
    FailedEmailBulkApi on_unreliable(*database, breaking, clock);
    unreliable.fail("FROM users", 1, std::make_exception_ptr(db::DatabaseError("disk I/O error")));
    EXPECT_THAT(call(on_unreliable, &FailedEmailBulkApi::resend, "[1,2]"), ElementsAre("1 FAILED", "2 SENT"));
    mailer.fail_with(MailError("550 5.1.1 No", true));
    EXPECT_THAT(resend("[1]"), ElementsAre("1 FAILED"));
    EXPECT_EQ(rows(), 1);
}

TEST_F(FailedEmailBulkApiTest, SendsTwoAtATime) {
    add_failed(6);
    mailer.hangs = true;
    std::thread resending([&] { EXPECT_THAT(resend("[1,2,3,4,5,6]"), SizeIs(6)); });
    EXPECT_TRUE(wait_until([&] { return mailer.attempts == 2; }));
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(mailer.attempts, 2);
    EXPECT_THAT(resend("[1]"), ElementsAre("1 BUSY"));
    EXPECT_THAT(remove("[1,3]"), ElementsAre("1 BUSY", "3 DELETED"));
    mailer.hangs = false;
    resending.join();
    EXPECT_EQ(mailer.most_at_once, 2);
    EXPECT_EQ(rows(), 0);
    EXPECT_EQ(mailer.attempts, 5);
}

TEST_F(FailedEmailBulkApiTest, BeginsNoFurtherOneWhenTheMailServerTakesTooLong) {
    add_failed(4);
    FailedEmailBulkApi hasty(*database, resender, clock, 100ms);
    mailer.hangs = true;
    std::thread relay([&] {
        EXPECT_TRUE(wait_until([&] { return mailer.attempts == 2; }));
        std::this_thread::sleep_for(150ms);
        mailer.hangs = false;
    });
    EXPECT_THAT(call(hasty, &FailedEmailBulkApi::resend, "[1,2,3,4]"),
                ElementsAre("1 SENT", "2 SENT", "3 BUSY", "4 BUSY"));
    relay.join();
    EXPECT_EQ(mailer.attempts, 2);
    EXPECT_EQ(rows(), 2);
}

TEST_F(FailedEmailBulkApiTest, DeletesInOneTransaction) {
    add_failed(3);
    EXPECT_THAT(remove("[3,77,1,3]"), ElementsAre("3 DELETED", "77 NOT_FOUND", "1 DELETED", "3 DELETED"));
    EXPECT_EQ(rows(), 1);
    EXPECT_THAT(mailer.sent(), IsEmpty());
}

TEST_F(FailedEmailBulkApiTest, TakesUpTo200) {
    std::string ids = "[1";
    for (int id = 2; id <= 200; ++id)
        ids += fmt::format(",{}", id);
    EXPECT_THAT(remove(ids + "]"), SizeIs(200));
    EXPECT_THROW(remove(ids + ",201]"), Error);
    EXPECT_THROW(remove("[]"), Error);
}

}  // namespace
}  // namespace alma::mail
