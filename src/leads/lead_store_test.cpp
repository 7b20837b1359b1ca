#include "leads/lead_store.hpp"

#include "leads/lead_json.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gtest/gtest.h>

namespace alma::leads {
namespace {

const audit::Actor somebody{.kind = audit::ActorKind::user, .id = 7};

class LeadStoreTest : public testing::Test {
protected:
    Lead insert(const std::string& first_name = "John") {
        const Lead lead{.uuid = random_uuid(),
                        .first_name = first_name,
                        .last_name = "Doe",
                        .email = "john@example.com",
                        .created_at = clock.now(),
                        .updated_at = clock.now()};
        const Resume resume{.path = "ab/cd", .name = "Łukasz.pdf", .type = "application/pdf", .size = 123};
        run(database->write(insert_lead(lead, resume)));
        return lead;
    }

    ManualClock clock;
    TestDatabase database;
};

TEST_F(LeadStoreTest, ALeadIsFoundAsItWasStored) {
    const Lead stored = insert("张伟 '; DROP TABLE leads; --");
    const std::optional<Lead> lead = run(find_lead(*database, stored.uuid));
    ASSERT_TRUE(lead);
    EXPECT_EQ(lead->uuid, stored.uuid);
    EXPECT_EQ(lead->first_name, stored.first_name);
    EXPECT_EQ(lead->status, LeadStatus::pending);
    EXPECT_EQ(lead->created_at, stored.created_at);
    EXPECT_EQ(lead->updated_at, stored.created_at);
}

TEST_F(LeadStoreTest, WhatIsNotThereIsNotFound) {
    insert();
    EXPECT_FALSE(run(find_lead(*database, random_uuid())));
    EXPECT_FALSE(run(find_resume(*database, random_uuid())));
    EXPECT_FALSE(
        run(set_lead_status(*database, random_uuid(), LeadStatus::reached_out, somebody, clock.now())));
}

TEST_F(LeadStoreTest, AResumeIsFoundWithItsName) {
    const std::optional<Resume> resume = run(find_resume(*database, insert().uuid));
    ASSERT_TRUE(resume);
    EXPECT_EQ(resume->path, "ab/cd");
    EXPECT_EQ(resume->name, "Łukasz.pdf");
    EXPECT_EQ(resume->type, "application/pdf");
    EXPECT_EQ(resume->size, 123);
}

TEST_F(LeadStoreTest, AStatusIsSetWithItsTimeAndForThatLeadAlone) {
    const Lead one = insert();
    const Lead other = insert();
    clock.advance(std::chrono::seconds(5));
    const std::optional<VersionedLead> changed =
        run(set_lead_status(*database, one.uuid, LeadStatus::reached_out, somebody, clock.now()));
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->lead.status, LeadStatus::reached_out);
    EXPECT_EQ(changed->lead.created_at, one.created_at);
    EXPECT_EQ(changed->lead.updated_at, clock.now());
    EXPECT_EQ(run(find_lead(*database, other.uuid))->status, LeadStatus::pending);
    EXPECT_TRUE(run(set_lead_status(*database, one.uuid, LeadStatus::reached_out, somebody, clock.now())))
        << "the same again";
}

TEST(LeadJson, HasTheKeysOfTheReferenceInItsOrder) {
    const Lead lead{.uuid = *parse_uuid("550e8400-e29b-41d4-a716-446655440000"),
                    .first_name = "John",
                    .last_name = "O\"Doe",
                    .email = "john@example.com",
                    .status = LeadStatus::reached_out,
                    .created_at = *parse_instant("2025-09-26T19:42:27.248539"),
                    .updated_at = *parse_instant("2025-09-26T19:42:27.248544")};
    std::string json;
    write_lead(json, lead, "http://localhost:8000");
    EXPECT_EQ(
        json,
        R"({"uuid":"550e8400-e29b-41d4-a716-446655440000","first_name":"John","last_name":"O\"Doe",)"
        R"("email":"john@example.com",)"
        R"("resume_download_url":"http://localhost:8000/leads/550e8400-e29b-41d4-a716-446655440000/resume",)"
        R"("status":"REACHED_OUT","created_at":"2025-09-26T19:42:27.248539","updated_at":"2025-09-26T19:42:27.248544"})");
}

}  // namespace
}  // namespace alma::leads
