#include "mail/failed_email_api.hpp"

#include "base/error.hpp"
#include "support/mail_rows.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_mailer.hpp"
#include "support/test_database.hpp"
#include "support/unreliable_database.hpp"
#include "support/wait_until.hpp"

#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <gmock/gmock.h>

#include <thread>

namespace alma::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

struct FailedEmailApiTest : ::testing::Test {
    TestDatabase database;
    RecordingMailer mailer;
    ManualClock clock;
    Resender resender{*database, mailer, clock, "https://leads.example"};
    FailedEmailApi api{*database, resender, clock};

    FailedEmailApiTest() { add_user(*database, "ann@law.example", "ATTORNEY"); }

    /// @return the lead of the new rows
    Uuid add_failed(int rows = 1) {
        static constexpr std::string_view insert = R"(
            INSERT INTO failed_emails (message_id, lead_id, lead_uuid, lead_name, lead_email, attorney_emails,
                                       error_message, created_at, updated_at)
            VALUES ($1, (SELECT id FROM leads WHERE uuid = $2), $2, 'Łukasz O''Neil', 'lukasz@example.com',
                    '["old@law.example"]', '550 5.1.1 "No"', $3, $3))";
        const Uuid lead = add_lead(*database, clock.now());
        std::vector<db::Statement> transaction;
        for (int i = 0; i < rows; ++i)
            transaction.push_back(
                db::sql(insert, fmt::format("00000000-0000-4000-8000-{:012}", i), lead, clock.now()));
        run(database->write(std::move(transaction)));
        return lead;
    }

    boost::json::array list() {
        http::Request request;
        http::Response response = run(api.list(request));
        EXPECT_EQ(response.status, http::Status::ok);
        EXPECT_EQ(response.content_type, "application/json");
        std::string body;
        while (true) {
            const std::string_view piece = run(response.source->next());
            if (piece.empty()) break;
            body += piece;
        }
        return boost::json::parse(body).as_array();
    }
    static http::Request about(const std::string& id) {
        http::Request request;
        request.path_parameters.emplace_back("failed_email_id", id);
        return request;
    }
    std::string resend(const std::string& id) {
        http::Request request = about(id);
        return run(api.resend(request)).body;
    }
    std::string remove(const std::string& id) {
        http::Request request = about(id);
        return run(api.remove(request)).body;
    }
    static void expect_error(ErrorKind kind, std::string_view detail, const std::function<void()>& call) {
        try {
            call();
            ADD_FAILURE() << "no error";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), kind);
            EXPECT_EQ(error.detail(), detail);
        }
    }
};

TEST_F(FailedEmailApiTest, ListsTheDocumentedKeys) {
    const Uuid lead = add_failed();
    const boost::json::array rows = list();
    ASSERT_THAT(rows, SizeIs(1));
    const boost::json::object& row = rows[0].as_object();
    std::vector<std::string> keys;
    for (const auto& [key, value] : row)
        keys.emplace_back(key);
    EXPECT_THAT(keys, ElementsAre("id", "lead_id", "lead_uuid", "lead_name", "lead_email", "attorney_emails",
                                  "error_message", "status", "created_at"));
    EXPECT_EQ(row.at("lead_uuid").as_string(), to_text(lead));
    EXPECT_EQ(row.at("lead_name").as_string(), "Łukasz O'Neil");
    EXPECT_EQ(row.at("attorney_emails"), (boost::json::array{"old@law.example"}));
    EXPECT_EQ(row.at("error_message").as_string(), "550 5.1.1 \"No\"");
    EXPECT_EQ(row.at("status").as_string(), "FAILED");
    EXPECT_EQ(row.at("created_at").as_string(), to_text(clock.now()));
}

TEST_F(FailedEmailApiTest, ListsAnyNumberOldestFirst) {
    EXPECT_THAT(list(), IsEmpty());
    std::size_t rows = 0;
    for (const int more : {99, 1, 1, 149}) {  // around the size of a page, and beyond
        add_failed(more);
        rows += static_cast<std::size_t>(more);
        const boost::json::array listed = list();
        ASSERT_THAT(listed, SizeIs(rows));
        for (std::size_t i = 1; i < rows; ++i)
            EXPECT_LT(listed[i - 1].at("id").as_int64(), listed[i].at("id").as_int64());
    }
}

TEST_F(FailedEmailApiTest, AResendGoesToTheAttorneysOfTodayAndRemovesTheRow) {
    const Uuid lead = add_failed();
    EXPECT_EQ(resend("1"), R"({"message":"Email sent successfully and removed from failed emails"})");
    ASSERT_THAT(mailer.sent(), SizeIs(1));
    EXPECT_THAT(mailer.sent()[0].to, ElementsAre("ann@law.example"));
    EXPECT_EQ(mailer.sent()[0].subject, "New Lead Submission");
    EXPECT_EQ(mailer.sent()[0].message_id, "00000000-0000-4000-8000-000000000000");
    EXPECT_THAT(mailer.sent()[0].text, ::testing::HasSubstr(to_text(lead)));
    EXPECT_THAT(list(), IsEmpty());
}

TEST_F(FailedEmailApiTest, AResendThatFailsKeepsTheRowWithTheNewWords) {
    add_failed();
    mailer.fail_with(MailError("451 4.3.0 Try again", false));
    expect_error(ErrorKind::upstream_failed, "Failed to resend email: 451 4.3.0 Try again",
                 [&] { resend("1"); });
    const boost::json::array rows = list();
    EXPECT_EQ(rows.at(0).at("error_message").as_string(), "451 4.3.0 Try again");
    EXPECT_EQ(rows.at(0).at("status").as_string(), "FAILED");
    EXPECT_EQ(rows.at(0).at("attorney_emails"), (boost::json::array{"ann@law.example"}));
    mailer.fail_with(std::nullopt);
    resend("1");
    EXPECT_THAT(list(), IsEmpty());
}

TEST_F(FailedEmailApiTest, OfTwoResendsAtOnceOneIsRefused) {
    add_failed();
    mailer.hangs = true;
    std::thread first([&] { resend("1"); });
    ASSERT_TRUE(wait_until([&] { return mailer.attempts == 1; }));
    EXPECT_EQ(list().at(0).at("status").as_string(), "PENDING");
    expect_error(ErrorKind::invalid, "Email is not in failed status", [&] { resend("1"); });
    mailer.hangs = false;
    first.join();
    EXPECT_THAT(mailer.sent(), SizeIs(1));
    EXPECT_THAT(list(), IsEmpty());
}

TEST_F(FailedEmailApiTest, AResendThatNeverEndedHasFailed) {
    add_failed();
    run(database->write(
        db::sql("UPDATE failed_emails SET status = 'PENDING', lease_until = $1", clock.now() + 120s)));
    expect_error(ErrorKind::invalid, "Email is not in failed status", [&] { resend("1"); });
    clock.advance(120s);
    EXPECT_EQ(list().at(0).at("status").as_string(), "FAILED");
    resend("1");
    EXPECT_THAT(list(), IsEmpty());
}

TEST_F(FailedEmailApiTest, AResendThatSomeAreRefusedKeepsTheRowForThemAlone) {
    add_user(*database, "bob@law.example", "ATTORNEY");
    add_failed();
    mailer.refuse({{.recipient = "bob@law.example", .reply = "452 4.2.2 Mailbox full"}});
    expect_error(ErrorKind::upstream_failed, "Failed to resend email: 452 4.2.2 Mailbox full",
                 [&] { resend("1"); });
    EXPECT_EQ(list().at(0).at("attorney_emails"), (boost::json::array{"bob@law.example"}));
    EXPECT_EQ(list().at(0).at("error_message").as_string(), "452 4.2.2 Mailbox full");
    mailer.refuse({});
    resend("1");
    EXPECT_THAT(list(), IsEmpty());
    ASSERT_THAT(mailer.sent(), SizeIs(2));
    EXPECT_THAT(mailer.sent()[0].to, ElementsAre("ann@law.example"));
    EXPECT_THAT(mailer.sent()[1].to, ElementsAre("bob@law.example"));
}

TEST_F(FailedEmailApiTest, AResendThatIsOwedToNobodyAnyMoreIsNotCalledSent) {
    add_failed();  // for old@law.example, who is no user
    run(database->write(db::sql("UPDATE failed_emails SET is_partial = $1", true)));
    expect_error(ErrorKind::upstream_failed, "Failed to resend email: " + std::string(owed_to_nobody),
                 [&] { resend("1"); });
    EXPECT_THAT(mailer.sent(), IsEmpty());
    EXPECT_EQ(list().at(0).at("attorney_emails"), (boost::json::array{"old@law.example"}));
    remove("1");
}

TEST_F(FailedEmailApiTest, AResendAboutALeadThatIsGoneIsNotFound) {
    add_failed();
    // The row goes with its lead; this is a lead that goes while its mail is claimed.
    UnreliableDatabase unreliable(*database);
    Resender racing_resender(unreliable, mailer, clock, "");
    FailedEmailApi racing(unreliable, racing_resender, clock);
    unreliable.before("FROM leads WHERE id", [&] { run(database->write(db::sql("DELETE FROM leads"))); });
    http::Request request = about("1");
    expect_error(ErrorKind::not_found, "Failed email record not found", [&] { run(racing.resend(request)); });
    EXPECT_THAT(mailer.sent(), IsEmpty());
    EXPECT_THAT(list(), IsEmpty());
}

TEST_F(FailedEmailApiTest, WhateverBreaksAResendTheRowIsFreeAtOnce) {
    add_failed();
    mailer.fail_with(std::make_exception_ptr(std::runtime_error("no memory")));
    expect_error(ErrorKind::upstream_failed, "Failed to resend email: no memory", [&] { resend("1"); });
    EXPECT_EQ(list().at(0).at("status").as_string(), "FAILED");
    mailer.fail_with(std::nullopt);

    UnreliableDatabase unreliable(*database);
    Resender unreliable_resender(unreliable, mailer, clock, "");
    FailedEmailApi on_unreliable(unreliable, unreliable_resender, clock);
    unreliable.fail("FROM users", 1, std::make_exception_ptr(db::DatabaseError("disk I/O error")));
    http::Request request = about("1");
    EXPECT_THROW(run(on_unreliable.resend(request)), db::DatabaseError);
    EXPECT_EQ(list().at(0).at("status").as_string(), "FAILED");
    EXPECT_EQ(list().at(0).at("error_message").as_string(), "no memory") << "the words of the last failure";
    EXPECT_EQ(run(on_unreliable.resend(request)).status, http::Status::ok);
}

TEST_F(FailedEmailApiTest, AListGoesOnWhereItWasAfterTheDatabaseWasBusy) {
    add_failed(150);
    UnreliableDatabase unreliable(*database);
    FailedEmailApi busy_api(unreliable, resender, clock);
    http::Request request;
    const http::Response response = run(busy_api.list(request));
    unreliable.fail("FROM failed_emails", 1, busy());
    EXPECT_THROW(run(response.source->next()), Error);
    std::string body(run(response.source->next()));
    body += run(response.source->next());
    EXPECT_THAT(boost::json::parse(body).as_array(), SizeIs(150));
    EXPECT_EQ(run(response.source->next()), "");
}

TEST_F(FailedEmailApiTest, ARowThatIsBeingResentIsNotDeleted) {
    add_failed();
    mailer.hangs = true;
    std::thread resending([&] { resend("1"); });
    ASSERT_TRUE(wait_until([&] { return mailer.attempts == 1; }));
    expect_error(ErrorKind::conflict, resend_under_way, [&] { remove("1"); });
    mailer.hangs = false;
    resending.join();
    expect_error(ErrorKind::not_found, "Failed email record not found", [&] { remove("1"); });
}

TEST_F(FailedEmailApiTest, ARowWhoseResendNeverEndedIsDeleted) {
    add_failed();
    run(database->write(
        db::sql("UPDATE failed_emails SET status = 'PENDING', lease_until = $1", clock.now())));
    remove("1");
    EXPECT_THAT(list(), IsEmpty());
}

TEST_F(FailedEmailApiTest, DeletesARow) {
    add_failed(2);
    EXPECT_EQ(remove("1"), R"({"message":"Failed email record deleted successfully"})");
    EXPECT_EQ(list().at(0).at("id").as_int64(), 2);
}

TEST_F(FailedEmailApiTest, WhatIsNoIdIsNotFound) {
    add_failed();
    for (const char* id : {"2", "0", "-1", "+1", "1x", "", " 1", "x", "99999999999999999999", "1.0", "0x1"}) {
        expect_error(ErrorKind::not_found, "Failed email record not found", [&] { resend(id); });
        expect_error(ErrorKind::not_found, "Failed email record not found", [&] { remove(id); });
    }
    EXPECT_THAT(list(), SizeIs(1));
}

}  // namespace
}  // namespace alma::mail
