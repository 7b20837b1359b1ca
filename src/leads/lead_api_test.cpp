#include "leads/lead_api.hpp"

#include "base/error.hpp"
#include "http/problem.hpp"
#include "leads/lead_form.hpp"
#include "leads/lead_store.hpp"
#include "support/fixture.hpp"
#include "support/lead_submission.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_object_store.hpp"
#include "support/run.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_database.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace alma::leads {
namespace {

using http::Status;

std::string header(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) return value;
    }
    return {};
}

class LeadApiTest : public testing::Test {
protected:
    using Handler = awaitable<http::Response> (LeadApi::*)(http::Request&);

    /// As the router does: what is thrown becomes an answer.
    http::Response call(Handler handler, http::ARequest& request) {
        try {
            return run((api.*handler)(request.request));
        } catch (...) {
            return http::problem_from(std::current_exception(), "test");
        }
    }
    using StaffHandler = awaitable<http::Response> (LeadApi::*)(http::Request&, const http::Principal&);
    http::Response call(StaffHandler handler, http::ARequest& request) {
        const http::Principal ann{.id = 7, .email = "ann@example.com"};
        try {
            return run((api.*handler)(request.request, ann));
        } catch (...) {
            return http::problem_from(std::current_exception(), "test");
        }
    }
    /// What was recorded of the lead, oldest first: "RESUME_READ USER 7 {}"
    std::vector<std::string> recorded(const std::string& uuid) {
        const db::Rows rows =
            run(database->read(db::sql("SELECT action, actor_kind, coalesce(actor_id, 0), details FROM "
                                       "audit_pending WHERE lead_uuid = $1 "
                                       "ORDER BY id",
                                       uuid)));
        std::vector<std::string> entries;
        for (std::size_t i = 0; i < rows.size(); ++i)
            entries.push_back(fmt::format("{} {} {} {}", rows[i].get<std::string>(0),
                                          rows[i].get<std::string>(1), rows[i].get<std::int64_t>(2),
                                          rows[i].get<std::string>(3)));
        return entries;
    }
    http::Response submit(const ASubmission& submission = {}) {
        http::ARequest request = submission.request();
        return call(&LeadApi::create, request);
    }
    static http::ARequest about(const std::string& uuid, http::Method method = http::Method::get) {
        http::ARequest request(method, "/leads/x");
        request.request.base_url = "http://localhost:8000";
        request.request.path_parameters.emplace_back("lead_uuid", uuid);
        return request;
    }
    http::Response put_status(const std::string& uuid, const std::string& json) {
        http::ARequest request = about(uuid, http::Method::put);
        request.with("Content-Type", "application/json").with_body(json);
        return call(&LeadApi::set_status, request);
    }
    http::Response list(const std::string& query) {
        http::ARequest request(http::Method::get, "/leads/" + query);
        request.request.base_url = "http://localhost:8000";
        return call(&LeadApi::list, request);
    }
    static boost::json::value json(const http::Response& response) {
        return boost::json::parse(response.body);
    }
    static std::string uuid_of(const http::Response& response) {
        return std::string(json(response).at("uuid").as_string());
    }
    static std::string drain(const http::Response& response) {
        return run([&]() -> awaitable<std::string> {
            std::string all;
            while (true) {
                const std::string_view piece = co_await response.source->next();
                if (piece.empty()) co_return all;
                all += piece;
            }
        });
    }
    std::int64_t leads() {
        return run(database->read(db::sql("SELECT count(*) FROM leads"))).front().get<std::int64_t>(0);
    }

    TemporaryDirectory directory;
    WorkerPool files{"files", 1, 16};
    ManualClock clock;
    TestDatabase database;
    MemoryObjectStore objects;
    storage::ObjectKeys keys{*database, clock, "this process"};
    Intake intake{*database, objects, keys, clock, [] {}};
    std::unique_ptr<limits::Limit> limit = limits::make_limit(
        "leads", {.count = 5, .window = std::chrono::seconds(60)}, limits::Scope::process, clock, *database);
    storage::OtherBuckets others{{}};
    ResumeSource resumes{objects, others};
    SubmissionRate rate{limit.get(), "secret"};
    SubmissionKeys submission_keys{"secret", files};
    LeadApi api{directory.path(), *database, resumes, intake, rate, submission_keys, files, clock};
};

TEST_F(LeadApiTest, ASubmissionIsAnsweredWithTheLead) {
    const http::Response response = submit();
    EXPECT_EQ(response.status, Status::ok);
    EXPECT_EQ(response.content_type, "application/json");
    const boost::json::object lead = json(response).as_object();
    ASSERT_EQ(lead.size(), 8u);
    EXPECT_EQ(lead.at("first_name"), "John");
    EXPECT_EQ(lead.at("status"), "PENDING");
    EXPECT_EQ(lead.at("created_at"), "2025-09-26T19:42:27.248539");
    EXPECT_EQ(lead.at("resume_download_url").as_string(),
              "http://localhost:8000/leads/" + uuid_of(response) + "/resume");
    EXPECT_EQ(leads(), 1);
}

TEST_F(LeadApiTest, ARefusedSubmissionLeavesNothing) {
    EXPECT_EQ(submit({.content = "<html>"}).status, Status::bad_request);
    EXPECT_EQ(leads(), 0);
    EXPECT_EQ(objects.size(), 0u);
}

TEST_F(LeadApiTest, TheSixthSubmissionOfAMinuteIsRefused) {
    for (int i = 4; i >= 0; --i) {
        const http::Response response = submit();
        EXPECT_EQ(response.status, Status::ok);
        EXPECT_EQ(header(response, "RateLimit-Policy"), "\"leads\";q=5;w=60");
        EXPECT_EQ(header(response, "RateLimit"), fmt::format("\"leads\";r={};t=60", i));
    }
    clock.advance(std::chrono::milliseconds(18'500));
    const http::Response refused = submit();
    EXPECT_EQ(refused.status, Status::too_many_requests);
    EXPECT_EQ(refused.body, R"({"detail":"Too many requests. Please try again later."})");
    EXPECT_EQ(header(refused, "Retry-After"), "42");
    EXPECT_EQ(header(refused, "RateLimit"), "\"leads\";r=0;t=42");
    EXPECT_EQ(leads(), 5);
    clock.advance(std::chrono::seconds(42));
    EXPECT_EQ(submit().status, Status::ok);
}

TEST_F(LeadApiTest, AKeyMakesARepetitionTheSameLead) {
    const auto submit_with = [this](std::string_view key, const ASubmission& submission = {}) {
        http::ARequest request = submission.request();
        request.with("Idempotency-Key", key);
        return call(&LeadApi::create, request);
    };
    const http::Response first = submit_with("\"one\"");
    EXPECT_EQ(submit_with("one").body, first.body);
    EXPECT_NE(submit_with("other").body, first.body);
    const http::Response different = submit_with("one", {.first_name = "Jane"});
    EXPECT_EQ(different.status, Status::unprocessable_content);
    EXPECT_EQ(different.body, fmt::format(R"({{"detail":"{}"}})", submission_key_reused));
    EXPECT_EQ(submit_with("").status, Status::bad_request);
    EXPECT_EQ(leads(), 2);
    EXPECT_EQ(objects.size(), 2u);
}

TEST_F(LeadApiTest, AHitIsWrittenDown) {
    submit();
    EXPECT_EQ(run(database->read(db::sql("SELECT count(*) FROM limit_hits"))).front().get<std::int64_t>(0),
              1);
}

/// A body that must not be read.
class UntouchedBody final : public http::BodyReader {
public:
    awaitable<std::string_view> next() override {
        ADD_FAILURE() << "the body was read";
        co_return std::string_view();
    }
};

TEST_F(LeadApiTest, ARefusalByTheRateIsKnownBeforeTheBody) {
    for (int i = 0; i < 5; ++i)
        submit();
    UntouchedBody body;
    http::ARequest request = ASubmission().request();
    request.request.body = &body;
    EXPECT_EQ(call(&LeadApi::create, request).status, Status::too_many_requests);
}

TEST_F(LeadApiTest, RefusalsOf400And413UseUpTheBudget) {
    EXPECT_EQ(submit({.email = "john"}).status, Status::bad_request);
    EXPECT_EQ(submit({.file_name = "a.exe"}).status, Status::bad_request);
    EXPECT_EQ(submit({.content = std::string(max_resume_bytes + 1, 'x')}).status, Status::payload_too_large);
    const http::Response too_large = submit({.padding = max_submission_bytes});
    EXPECT_EQ(too_large.status, Status::payload_too_large);
    EXPECT_EQ(too_large.body, R"({"detail":"File too large. Maximum size allowed is 10MB"})");
    http::ARequest broken = ASubmission().request();
    broken.with_body("--boundary\r\nno part\r\n");
    EXPECT_EQ(call(&LeadApi::create, broken).status, Status::bad_request);
    EXPECT_EQ(submit().status, Status::too_many_requests);
}

TEST_F(LeadApiTest, RefusalsOf422And429DoNot) {
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(submit({.email = {}}).status, Status::unprocessable_content);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(submit().status, Status::ok);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(submit().status, Status::too_many_requests);
    clock.advance(std::chrono::seconds(60));
    EXPECT_EQ(submit().status, Status::ok);
}

TEST_F(LeadApiTest, WhatFailsOnOurSideUsesUpNothing) {
    objects.down = true;
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(submit().status, Status::service_unavailable);
    objects.down = false;
    EXPECT_EQ(submit().status, Status::ok);
}

/// Asks for another submission while this one is still arriving.
class BodyDuringWhichAnotherComes final : public http::BodyReader {
public:
    explicit BodyDuringWhichAnotherComes(std::function<Status()> another) : another_(std::move(another)) {}
    awaitable<std::string_view> next() override {
        of_another = another_();
        co_return std::string_view();
    }
    std::optional<Status> of_another;

private:
    std::function<Status()> another_;
};

TEST_F(LeadApiTest, AnUploadThatIsStillArrivingCountsAlready) {
    for (int i = 0; i < 4; ++i)
        submit();
    BodyDuringWhichAnotherComes body([this] { return submit().status; });
    http::ARequest request = ASubmission().request();
    request.request.body = &body;
    call(&LeadApi::create, request);
    EXPECT_EQ(body.of_another, Status::too_many_requests);
}

TEST_F(LeadApiTest, WithoutALimiterNothingIsLimited) {
    SubmissionRate no_rate{nullptr, ""};
    LeadApi unlimited{directory.path(), *database, resumes, intake, no_rate, submission_keys, files, clock};
    for (int i = 0; i < 7; ++i) {
        http::ARequest request = ASubmission().request();
        const http::Response response = run(unlimited.create(request.request));
        EXPECT_EQ(response.status, Status::ok);
        EXPECT_EQ(header(response, "RateLimit"), "");
    }
}

TEST_F(LeadApiTest, AStoreThatIsDownIsA503) {
    objects.down = true;
    EXPECT_EQ(submit().status, Status::service_unavailable);
    EXPECT_EQ(leads(), 0);
}

TEST_F(LeadApiTest, ALeadIsReadByItsUuid) {
    const http::Response submitted = submit();
    http::ARequest request = about(uuid_of(submitted));
    const http::Response response = call(&LeadApi::get, request);
    EXPECT_EQ(response.status, Status::ok);
    EXPECT_EQ(response.body, submitted.body);
}

TEST_F(LeadApiTest, WhatIsNoUuidIsSimplyNotFound) {
    for (const char* uuid :
         {"550e8400-e29b-41d4-a716-446655440000", "1", "", "x' OR 1=1 --", "../../etc/passwd"}) {
        http::ARequest request = about(uuid);
        for (const auto& ask : std::initializer_list<std::function<http::Response()>>{
                 [&] { return call(&LeadApi::get, request); },
                 [&] { return call(&LeadApi::download_resume, request); }}) {
            const http::Response response = ask();
            EXPECT_EQ(response.status, Status::not_found) << uuid;
            EXPECT_EQ(response.body, R"({"detail":"Lead not found"})");
        }
        EXPECT_EQ(put_status(uuid, R"({"status":"PENDING"})").status, Status::not_found);
    }
}

TEST_F(LeadApiTest, AStatusIsSetAndTheLeadAnswered) {
    const std::string uuid = uuid_of(submit());
    clock.advance(std::chrono::microseconds(5));
    const http::Response response = put_status(uuid, R"({"status":"REACHED_OUT"})");
    EXPECT_EQ(response.status, Status::ok);
    EXPECT_EQ(json(response).at("status"), "REACHED_OUT");
    EXPECT_EQ(json(response).at("updated_at"), "2025-09-26T19:42:27.248544");
    EXPECT_EQ(put_status(uuid, R"({"status":"REACHED_OUT"})").status, Status::ok) << "the same again";
}

TEST_F(LeadApiTest, AStatusThatIsMissingOrUnknownIsA422) {
    const std::string uuid = uuid_of(submit());
    EXPECT_EQ(
        put_status(uuid, "{}").body,
        R"({"detail":[{"type":"missing","loc":["body","status"],"msg":"Field required","input":null}]})");
    EXPECT_EQ(
        put_status(uuid, R"({"status":"DONE"})").body,
        R"({"detail":[{"type":"enum","loc":["body","status"],"msg":"Input should be 'PENDING' or 'REACHED_OUT'",)"
        R"("input":"DONE","ctx":{"expected":"'PENDING' or 'REACHED_OUT'"}}]})");
    EXPECT_EQ(put_status(uuid, R"({"status":1})").status, Status::unprocessable_content);
}

TEST_F(LeadApiTest, TheListWithoutParametersIsEveryLead) {
    const http::Response one = submit();
    const http::Response other = submit({.first_name = "Ann"});
    const http::Response response = list("");
    EXPECT_EQ(response.status, Status::ok);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(drain(response), "[" + one.body + "," + other.body + "]");
    EXPECT_EQ(header(response, "Link"), "");
}

TEST_F(LeadApiTest, PagesLeadToTheNextUntilTheLast) {
    for (const char* name : {"A", "B", "C"})
        submit({.first_name = name});
    std::string query = "?limit=2&sort=-created_at";
    const http::Response first = list(query);
    ASSERT_EQ(json(first).as_array().size(), 2u);
    EXPECT_EQ(json(first).at(0).at("first_name"), "C");
    const std::string link = header(first, "Link");
    ASSERT_TRUE(link.starts_with("<http://localhost:8000/leads/?") && link.ends_with(">; rel=\"next\""))
        << link;
    const std::size_t begin = link.find('?');
    const http::Response second = list(link.substr(begin, link.find('>') - begin));
    ASSERT_EQ(json(second).as_array().size(), 1u);
    EXPECT_EQ(json(second).at(0).at("first_name"), "A");
    EXPECT_EQ(header(second, "Link"), "");
    EXPECT_EQ(list("?limit=0").status, Status::unprocessable_content);
}

TEST_F(LeadApiTest, AResumeComesBackAsItWasSent) {
    for (const char* type : {"pdf", "doc", "docx", "txt", "rtf"}) {
        const std::string name = std::string("resume.") + type;
        clock.advance(std::chrono::seconds(60));
        const http::Response submitted = submit(
            {.file_name = name, .declared_type = "application/octet-stream", .content = fixture(name)});
        ASSERT_EQ(submitted.status, Status::ok) << submitted.body;
        http::ARequest request = about(uuid_of(submitted));
        const http::Response response = call(&LeadApi::download_resume, request);
        EXPECT_EQ(response.status, Status::ok);
        EXPECT_EQ(response.source->length(), fixture(name).size());
        EXPECT_EQ(drain(response), fixture(name)) << name;
        EXPECT_EQ(header(response, "Content-Disposition"), "attachment; filename=\"" + name + "\"");
        EXPECT_EQ(header(response, "Accept-Ranges"), "bytes");
        EXPECT_EQ(header(response, "Cache-Control"), "no-store");
        EXPECT_EQ(header(response, "Content-Security-Policy"), "sandbox; default-src 'none'");
    }
}

TEST_F(LeadApiTest, AResumeKeepsItsTypeAndItsForeignName) {
    const std::string uuid = uuid_of(submit({.file_name = "张伟 \xE2\x80\xAE"
                                                          "fdp.txt",
                                             .declared_type = "",
                                             .content = "Łukasz"}));
    http::ARequest request = about(uuid);
    const http::Response response = call(&LeadApi::download_resume, request);
    EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
    EXPECT_TRUE(
        header(response, "Content-Disposition").contains("filename*=UTF-8''%E5%BC%A0%E4%BC%9F%20_fdp.txt"))
        << header(response, "Content-Disposition");
}

TEST_F(LeadApiTest, PartsOfAResumeAreServed) {
    const std::string uuid = uuid_of(submit({.content = "%PDF-1.7\n0123456789"}));
    http::ARequest request = about(uuid);
    request.with("Range", "bytes=9-12");
    const http::Response part = call(&LeadApi::download_resume, request);
    EXPECT_EQ(part.status, Status::partial_content);
    EXPECT_EQ(header(part, "Content-Range"), "bytes 9-12/19");
    EXPECT_EQ(part.source->length(), 4u);
    EXPECT_EQ(drain(part), "0123");

    http::ARequest beyond = about(uuid);
    beyond.with("Range", "bytes=19-");
    const http::Response refused = call(&LeadApi::download_resume, beyond);
    EXPECT_EQ(refused.status, Status::range_not_satisfiable);
    EXPECT_EQ(header(refused, "Content-Range"), "bytes */19");

    http::ARequest changed = about(uuid);
    changed.with("Range", "bytes=9-12").with("If-Range", "\"another\"");
    EXPECT_EQ(call(&LeadApi::download_resume, changed).status, Status::ok);
}

TEST_F(LeadApiTest, ADamagedResumeIsOurFailureBeforeAnyByteOfItIsSent) {
    const std::string uuid = uuid_of(submit({.content = "%PDF-1.7\n0123456789"}));
    const std::string key = run(find_resume(*database, *parse_uuid(uuid)))->path;
    for (const char* damaged : {"%PDF-1.7\n012345678", "%PDF-1.7\n01234567890", ""}) {
        storage::Spool content(directory.path(), files);
        run(content.append(damaged));
        run(objects.put(key, content, "application/pdf"));
        for (const char* range : {"", "bytes=9-12", "bytes=-1"}) {
            http::ARequest request = about(uuid);
            if (*range != '\0') request.with("Range", range);
            EXPECT_EQ(call(&LeadApi::download_resume, request).status, Status::internal_server_error)
                << damaged << ' ' << range;
        }
    }
}

TEST_F(LeadApiTest, AResumeThatTheStoreHasLostIsOurFailureAndNoA404) {
    const std::string uuid = uuid_of(submit());
    run(objects.remove(run(find_resume(*database, *parse_uuid(uuid)))->path));
    http::ARequest request = about(uuid);
    EXPECT_EQ(call(&LeadApi::download_resume, request).status, Status::internal_server_error);
}

TEST_F(LeadApiTest, WhatHappensToALeadIsInTheAuditLog) {
    const std::string uuid = uuid_of(submit());
    put_status(uuid, R"({"status":"PENDING"})");  // as it was: nothing happened
    put_status(uuid, R"({"status":"REACHED_OUT"})");
    http::ARequest head = about(uuid, http::Method::head);
    call(&LeadApi::download_resume, head);
    http::ARequest get = about(uuid);
    const http::Response resume = call(&LeadApi::download_resume, get);
    EXPECT_EQ(recorded(uuid),
              (std::vector<std::string>{"LEAD_SUBMITTED PROSPECT 0 {}",
                                        R"(LEAD_STATUS_CHANGED USER 7 {"from":"PENDING","to":"REACHED_OUT"})",
                                        "RESUME_READ USER 7 {}"}))
        << "before the first byte was asked for";
    EXPECT_TRUE(resume.source);
}

TEST_F(LeadApiTest, AResumeThatCannotBeReadIsNotRecordedAsRead) {
    const std::string uuid = uuid_of(submit());
    objects.down = true;
    http::ARequest request = about(uuid);
    EXPECT_EQ(call(&LeadApi::download_resume, request).status, Status::service_unavailable);
    EXPECT_EQ(recorded(uuid).size(), 1u);
}

}  // namespace
}  // namespace alma::leads
