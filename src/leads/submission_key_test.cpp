#include "leads/submission_key.hpp"

#include "base/error.hpp"
#include "leads/eraser.hpp"
#include "leads/intake.hpp"
#include "support/http_request.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_object_store.hpp"
#include "support/run.hpp"
#include "support/run_all.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace alma::leads {
namespace {

std::optional<std::string> key_of(std::string_view value) {
    http::ARequest request(http::Method::post, "/leads/");
    request.with("idempotency-key", value);
    return idempotency_key_of(request.request);
}

TEST(IdempotencyKey, IsAStringOfAStructuredField) {
    EXPECT_EQ(key_of("\"8e03978e-40d5-43e8-bc93-6894a57f9324\""), "8e03978e-40d5-43e8-bc93-6894a57f9324");
    EXPECT_EQ(key_of(R"("a \"b\" \\ c")"), R"(a "b" \ c)");
}

TEST(IdempotencyKey, MayComeWithoutItsQuotes) {
    EXPECT_EQ(key_of("8e03978e"), "8e03978e");
    EXPECT_EQ(key_of(std::string(255, 'k')), std::string(255, 'k'));
}

TEST(IdempotencyKey, IsAbsentWhenItWasNotSent) {
    const http::ARequest request(http::Method::post, "/leads/");
    EXPECT_EQ(idempotency_key_of(request.request), std::nullopt);
}

TEST(IdempotencyKey, IsRefusedWhenItIsNone) {
    for (const std::string& value :
         {std::string(), std::string("\"\""), std::string("\"open"), std::string("\"a\"b\""),
          std::string("\"a\";p=1"), std::string(R"("\a")"), std::string(R"("a\)"), std::string("k\xc3\xa9y"),
          std::string("a\tb"), std::string(256, 'k')})
        EXPECT_THROW(key_of(value), Error) << value;
}

TEST(IdempotencyKey, IsRefusedWhenItWasSentTwice) {
    http::ARequest request(http::Method::post, "/leads/");
    request.with("Idempotency-Key", "a").with("idempotency-key", "a");
    EXPECT_THROW(idempotency_key_of(request.request), Error);
}

class SubmissionKeyTest : public testing::Test {
protected:
    LeadForm a_form(std::string_view content = "%PDF-1.7\n", std::string_view name = "John") {
        LeadForm form{.first_name = std::string(name),
                      .last_name = "Doe",
                      .email = "john@example.com",
                      .resume_name = "resume.pdf",
                      .resume_type = "application/pdf",
                      .resume = std::make_unique<storage::Spool>(directory.path(), files)};
        run(form.resume->append(content));
        return form;
    }
    LeadForm with_key(std::string key, LeadForm form) {
        run(keys.give_by_header(form, std::move(key)));
        return form;
    }
    LeadForm with_token(std::string token, LeadForm form) {
        run(keys.give_by_token(form, std::move(token)));
        return form;
    }
    std::int64_t count(std::string_view table) {
        return run(database->read({.sql = table, .params = {}})).front().get<std::int64_t>(0);
    }
    std::int64_t leads() { return count("SELECT count(*) FROM leads"); }
    std::int64_t kept() { return count("SELECT count(*) FROM submission_keys"); }

    TemporaryDirectory directory;
    WorkerPool files{"files", 2, 16};
    ManualClock clock;
    TestDatabase database;
    MemoryObjectStore objects;
    storage::ObjectKeys object_keys{*database, clock, "this process"};
    Intake intake{*database, objects, object_keys, clock, [] {}};
    SubmissionKeys keys{"secret", files};
};

TEST_F(SubmissionKeyTest, ARepetitionIsAnsweredWithTheFirstLead) {
    const Lead first = run(intake.submit(with_key("k", a_form())));
    run(database->write(
        db::sql("UPDATE leads SET status = 'REACHED_OUT', updated_at = '2030-01-01T00:00:00'")));
    const Lead again = run(intake.submit(with_key("k", a_form())));
    EXPECT_EQ(again.uuid, first.uuid);
    EXPECT_EQ(again.first_name, "John");
    EXPECT_EQ(again.status, LeadStatus::pending) << "the answer is the first one's";
    EXPECT_EQ(again.created_at, first.created_at);
    EXPECT_EQ(again.updated_at, first.updated_at);
    EXPECT_EQ(leads(), 1);
    EXPECT_EQ(objects.size(), 1u);
    EXPECT_EQ(count("SELECT count(*) FROM outbox"), 2);
}

TEST_F(SubmissionKeyTest, OfManyAtTheSameMomentOneIsStored) {
    std::vector<awaitable<Lead>> submissions;
    for (int i = 0; i < 8; ++i)
        submissions.push_back(intake.submit(with_key("k", a_form())));
    for (const std::expected<Lead, Error>& answer : run_all(std::move(submissions)))
        EXPECT_EQ(answer.value().uuid, run(intake.submit(with_key("k", a_form()))).uuid);
    EXPECT_EQ(leads(), 1);
    EXPECT_EQ(objects.size(), 1u);
    EXPECT_EQ(count("SELECT count(*) FROM outbox"), 2);
}

TEST_F(SubmissionKeyTest, AnotherContentUnderTheSameKeyIsRefused) {
    run(intake.submit(with_key("k", a_form())));
    EXPECT_THROW(run(intake.submit(with_key("k", a_form("%PDF-1.8\n")))), Error);
    EXPECT_THROW(run(intake.submit(with_key("k", a_form("%PDF-1.7\n", "Jane")))), Error);
    EXPECT_EQ(leads(), 1);
    EXPECT_EQ(objects.size(), 1u);
}

TEST_F(SubmissionKeyTest, ALongResumeIsReadToItsEnd) {
    const std::string content(storage::Spool::memory_bytes + 1, 'x');
    run(intake.submit(with_key("k", a_form(content))));
    EXPECT_THROW(run(intake.submit(with_key("k", a_form(content + 'y')))), Error);
}

TEST_F(SubmissionKeyTest, AnotherContentWithTheSameTokenIsAnotherLead) {
    const Lead first = run(intake.submit(with_token("t", a_form())));
    EXPECT_EQ(run(intake.submit(with_token("t", a_form()))).uuid, first.uuid);
    EXPECT_NE(run(intake.submit(with_token("t", a_form("%PDF-1.8\n")))).uuid, first.uuid);
    EXPECT_NE(run(intake.submit(with_key("t", a_form()))).uuid, first.uuid);
    EXPECT_EQ(leads(), 3);
}

TEST_F(SubmissionKeyTest, AKeyIsOverAfterADay) {
    const Lead first = run(intake.submit(with_key("k", a_form())));
    clock.advance(submission_key_lifetime - std::chrono::microseconds(1));
    EXPECT_EQ(run(intake.submit(with_key("k", a_form()))).uuid, first.uuid);
    clock.advance(std::chrono::microseconds(1));
    const Lead second = run(intake.submit(with_key("k", a_form("%PDF-1.8\n"))));
    EXPECT_NE(second.uuid, first.uuid);
    EXPECT_EQ(run(intake.submit(with_key("k", a_form("%PDF-1.8\n")))).uuid, second.uuid);
    EXPECT_EQ(kept(), 1);
}

TEST_F(SubmissionKeyTest, WhatIsOverIsSwept) {
    run(intake.submit(with_key("old", a_form())));
    clock.advance(std::chrono::hours(1));
    run(intake.submit(with_key("young", a_form())));
    clock.advance(submission_key_lifetime - std::chrono::hours(1));
    EXPECT_EQ(run(sweep_submission_keys(*database, clock)), 1u);
    EXPECT_EQ(kept(), 1);
}

TEST_F(SubmissionKeyTest, NeitherKeyNorContentIsStored) {
    run(intake.submit(with_key("8e03978e-40d5", a_form())));
    const db::Rows rows = run(database->read(db::sql("SELECT key_hash, content_hash FROM submission_keys")));
    EXPECT_EQ(rows.front().get<std::string>(0).find("8e03978e"), std::string::npos);
    EXPECT_EQ(rows.front().get<std::string>(0).size(), 32u);
    EXPECT_EQ(rows.front().get<std::string>(1).size(), 64u);
}

TEST_F(SubmissionKeyTest, AKeyGoesWithItsLead) {
    const Lead lead = run(intake.submit(with_key("k", a_form())));
    Eraser eraser(*database, objects, clock);
    ASSERT_TRUE(run(eraser.erase(lead.uuid, {.kind = audit::ActorKind::service})));
    EXPECT_EQ(kept(), 0);
    EXPECT_NE(run(intake.submit(with_key("k", a_form()))).uuid, lead.uuid);
}

TEST_F(SubmissionKeyTest, AFormWithoutAKeyIsStoredEachTime) {
    run(intake.submit(a_form()));
    run(intake.submit(a_form()));
    EXPECT_EQ(leads(), 2);
    EXPECT_EQ(kept(), 0);
}

}  // namespace
}  // namespace alma::leads
