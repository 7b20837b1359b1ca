#include "leads/lead_export.hpp"

#include "leads/assignment.hpp"
#include "leads/lead_store.hpp"
#include "support/insert_user.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::leads {
namespace {

constexpr std::string_view names =
    "\xEF\xBB\xBFuuid,first_name,last_name,email,status,assignee,created_at,updated_at,notes_count,resume_"
    "name,"
    "resume_type,resume_size\r\n";

class LeadExportTest : public testing::Test {
protected:
    Lead insert(const std::string& first, const std::string& last) {
        const Instant now = parse_instant("2025-09-26T19:42:27.248539").value();
        const Lead lead{.uuid = random_uuid(),
                        .first_name = first,
                        .last_name = last,
                        .email = "x@example.com",
                        .created_at = now,
                        .updated_at = now};
        run(database->write(
            insert_lead(lead, {.path = "a/b", .name = "-r.pdf", .type = "application/pdf", .size = 12})));
        return lead;
    }
    std::string csv(LeadPageQuery query = {}) {
        query.view = LeadView::details;
        LeadCsvBody body(*database, std::move(query));
        return run([&]() -> awaitable<std::string> {
            std::string all;
            while (true) {
                const std::string_view piece = co_await body.next();
                if (piece.empty()) co_return all;
                all += piece;
            }
        });
    }

    TestDatabase database;
};

TEST_F(LeadExportTest, OfNoLeadsItIsTheNames) {
    EXPECT_EQ(csv(), names);
}

TEST_F(LeadExportTest, HasALineForEachLead) {
    const std::int64_t ann = insert_user(*database, {.email = "ann@example.com"});
    const Lead lead = insert("=cmd()", "Doe, \"Jr\"");
    run(database->write(assign(lead.uuid, {.to = ann}, {}, lead.created_at)));
    EXPECT_EQ(csv(),
              std::string(names) + to_text(lead.uuid) +
                  ",'=cmd(),\"Doe, \"\"Jr\"\"\",x@example.com,PENDING,ann@example.com,"
                  "2025-09-26T19:42:27.248539,2025-09-26T19:42:27.248539,0,'-r.pdf,application/pdf,12\r\n");
}

TEST_F(LeadExportTest, HasWhatTheFilterMeansInItsOrder) {
    insert("Ann", "One");
    insert("Bob", "Two");
    insert("Ann", "Three");
    const std::string text = csv({.filter = {.text = "ann"}, .order = LeadOrder::newest_first});
    EXPECT_EQ(std::ranges::count(text, '\n'), 3);
    EXPECT_LT(text.find("Three"), text.find("One"));
    EXPECT_FALSE(text.contains("Two"));
}

TEST_F(LeadExportTest, ManyBatchesHaveOneLineOfNames) {
    for (std::size_t i = 0; i <= LeadStream::batch_leads; ++i)
        insert("Ann", "Doe");
    const std::string text = csv();
    EXPECT_EQ(std::ranges::count(text, '\n'), LeadStream::batch_leads + 2);
    EXPECT_EQ(text.rfind("uuid"), text.find("uuid"));
}

TEST(LeadExportDetails, NameTheFiltersAndNotWhatWasSearchedFor) {
    LeadListQuery query;
    EXPECT_EQ(export_details(query, {}), "{}");
    query.filter = {.status = LeadStatus::pending,
                    .created_from = parse_instant("2025-09-26T00:00:00").value(),
                    .text = "John Doe"};
    EXPECT_EQ(
        export_details(query, OfAssignee{3}),
        R"({"status":"PENDING","assignee":3,"created_from":"2025-09-26T00:00:00.000000","has_text":true})");
    EXPECT_EQ(export_details({}, OfAssignee{}), R"({"assignee":null})");
}

}  // namespace
}  // namespace alma::leads
