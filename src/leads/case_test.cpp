/// Assignment, notes, duplicates and bulk changes, on the database.
#include "leads/assignment.hpp"
#include "leads/bulk.hpp"
#include "leads/duplicates.hpp"
#include "leads/lead_details.hpp"
#include "leads/lead_store.hpp"
#include "leads/notes_store.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::leads {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LeadCaseTest : public testing::Test {
protected:
    struct APerson {
        std::string first_name = "John";
        std::string last_name = "Doe";
        std::string email = "john@example.com";
    };
    Lead insert(const APerson& person) {
        const Lead lead{.uuid = random_uuid(),
                        .first_name = person.first_name,
                        .last_name = person.last_name,
                        .email = person.email,
                        .created_at = clock.now(),
                        .updated_at = clock.now()};
        run(database->write(
            insert_lead(lead, {.path = "ab/cd", .name = "cv.pdf", .type = "application/pdf", .size = 9})));
        return lead;
    }
    Lead insert() { return insert(APerson()); }
    LeadDetails details(const Lead& lead) { return run(find_details(*database, lead.uuid)).value(); }
    bool write(const Lead& lead, const Assignment& assignment) {
        const auto results = run(database->write(assign(lead.uuid, assignment, audit::by(ann), clock.now())));
        return !results->back().empty();
    }
    /// "LEAD_ASSIGNED 2 {...}", oldest first
    std::vector<std::string> recorded(const Lead& lead) {
        const db::Rows rows =
            run(database->read(db::sql("SELECT action, coalesce(user_id, 0), details FROM audit_pending "
                                       "WHERE lead_uuid = $1 ORDER BY id",
                                       lead.uuid)));
        std::vector<std::string> entries;
        for (std::size_t i = 0; i < rows.size(); ++i)
            entries.push_back(fmt::format("{} {} {}", rows[i].get<std::string>(0),
                                          rows[i].get<std::int64_t>(1), rows[i].get<std::string>(2)));
        return entries;
    }

    ManualClock clock;
    TestDatabase database;
    http::Principal ann{.id = insert_user(*database, {.email = "ann@example.com"}),
                        .email = "ann@example.com"};
    http::Principal bob{.id = insert_user(*database, {.email = "bob@example.com"}),
                        .email = "bob@example.com"};
};

TEST_F(LeadCaseTest, AnAssignmentIsRecordedWithWhomItWentFromAndTo) {
    const Lead lead = insert();
    EXPECT_TRUE(write(lead, {.to = ann.id}));
    EXPECT_FALSE(write(lead, {.to = ann.id})) << "as it was";
    EXPECT_TRUE(write(lead, {.to = bob.id}));
    EXPECT_EQ(details(lead).assignee, "bob@example.com");
    EXPECT_TRUE(write(lead, {}));
    EXPECT_FALSE(write(lead, {}));
    EXPECT_FALSE(details(lead).assignee);
    EXPECT_THAT(recorded(lead),
                ElementsAre(R"(LEAD_ASSIGNED 1 {"from":null,"to":1})", R"(LEAD_ASSIGNED 2 {"from":1,"to":2})",
                            R"(LEAD_UNASSIGNED 2 {"from":2,"to":null})"));
}

TEST_F(LeadCaseTest, AClaimTakesOnlyWhatIsNobodys) {
    const Lead lead = insert();
    EXPECT_TRUE(write(lead, {.to = ann.id, .only_if_free = true}));
    EXPECT_FALSE(write(lead, {.to = bob.id, .only_if_free = true}));
    EXPECT_EQ(details(lead).assignee, "ann@example.com");
    EXPECT_EQ(recorded(lead).size(), 1u);
}

TEST_F(LeadCaseTest, WhoIsDeactivatedGetsNoLead) {
    const std::int64_t former = insert_user(*database, {.email = "former@example.com", .is_active = false});
    const Lead lead = insert();
    EXPECT_FALSE(write(lead, {.to = former}));
    EXPECT_FALSE(write(lead, {.to = 4711}));
    EXPECT_THROW(run(find_assignee(*database, "former@example.com")), Error);
    EXPECT_THAT(recorded(lead), IsEmpty());
}

TEST_F(LeadCaseTest, EachChangeHasAVersionAndAnOldOneChangesNothing) {
    const Lead lead = insert();
    EXPECT_EQ(details(lead).version, 1);
    EXPECT_TRUE(write(lead, {.to = ann.id, .version = 1}));
    EXPECT_FALSE(write(lead, {.to = bob.id, .version = 1}));
    EXPECT_FALSE(
        run(set_lead_status(*database, lead.uuid, LeadStatus::reached_out, audit::by(ann), clock.now(), 1)));
    EXPECT_EQ(details(lead).version, 2);
    EXPECT_EQ(recorded(lead).size(), 1u);
    const auto changed =
        run(set_lead_status(*database, lead.uuid, LeadStatus::reached_out, audit::by(ann), clock.now(), 2));
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->version, 3);
}

TEST_F(LeadCaseTest, ANoteIsKeptAsItWasWritten) {
    const Lead lead = insert();
    const std::string text = "\u202eabc\r\n\t\x01<script>'; DROP TABLE leads; -- 张伟 🦀";
    const std::optional<Note> note = run(add_note(*database, lead.uuid, text, ann, clock.now()));
    ASSERT_TRUE(note);
    const std::vector<Note> notes = run(list_notes(*database, lead.uuid, std::nullopt, 10));
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_EQ(notes[0].text, text);
    EXPECT_EQ(notes[0].author, "ann@example.com");
    EXPECT_EQ(notes[0].id, note->id);
    EXPECT_EQ(details(lead).notes_count, 1);
    EXPECT_EQ(details(lead).version, 2);
    EXPECT_THAT(recorded(lead), ElementsAre(fmt::format(R"(NOTE_ADDED 0 {{"note":{}}})", note->id)));
    EXPECT_FALSE(run(add_note(*database, random_uuid(), text, ann, clock.now())));
}

TEST_F(LeadCaseTest, ANoteIsDeletedByItsAuthorOrAnAdmin) {
    const Lead lead = insert();
    const std::int64_t first = run(add_note(*database, lead.uuid, "1", ann, clock.now()))->id;
    const std::int64_t second = run(add_note(*database, lead.uuid, "2", ann, clock.now()))->id;
    const std::int64_t version = details(lead).version;
    EXPECT_EQ(run(remove_note(*database, lead.uuid, first, bob, clock.now())), NoteRemoval::not_allowed);
    EXPECT_EQ(run(remove_note(*database, insert().uuid, first, ann, clock.now())), NoteRemoval::not_found)
        << "of another lead";
    EXPECT_EQ(details(lead).version, version) << "nothing happened";
    EXPECT_EQ(run(remove_note(*database, lead.uuid, first, ann, clock.now())), NoteRemoval::removed);
    EXPECT_EQ(run(remove_note(*database, lead.uuid, first, ann, clock.now())), NoteRemoval::not_found);
    const http::Principal admin{.id = bob.id, .email = bob.email, .role = http::Role::admin};
    EXPECT_EQ(run(remove_note(*database, lead.uuid, second, admin, clock.now())), NoteRemoval::removed);
    EXPECT_EQ(details(lead).notes_count, 0);
    EXPECT_EQ(details(lead).version, version + 2);
}

TEST_F(LeadCaseTest, DuplicatesHaveTheEmailOrBothNames) {
    const Lead lead = insert({.first_name = "John", .last_name = "Doe", .email = "john@example.com"});
    const Lead same_email = insert({.first_name = "X", .last_name = "Y", .email = "JOHN@example.com"});
    const Lead same_name = insert({.first_name = "john", .last_name = "DOE", .email = "other@example.com"});
    insert({.first_name = "Jane", .last_name = "Doe", .email = "jane@example.com"});
    const std::vector<Lead> found = run(find_duplicates(*database, lead));
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].uuid, same_name.uuid) << "the newest one first";
    EXPECT_EQ(found[1].uuid, same_email.uuid);
    EXPECT_TRUE(has_same_name(found[0], lead));
    EXPECT_FALSE(has_same_email(found[0], lead));
}

TEST_F(LeadCaseTest, DuplicatesAreBounded) {
    const Lead lead = insert();
    for (std::size_t i = 0; i <= most_duplicates; ++i)
        insert();
    EXPECT_EQ(run(find_duplicates(*database, lead)).size(), most_duplicates);
}

TEST_F(LeadCaseTest, ABulkChangeSaysWhatBecameOfEach) {
    const Lead one = insert();
    const Lead other = insert();
    run(set_lead_status(*database, other.uuid, LeadStatus::reached_out, audit::by(ann), clock.now()));
    const std::int64_t version = details(other).version;
    const std::vector<std::string> uuids = {to_text(other.uuid), "nonsense", to_text(one.uuid),
                                            to_text(random_uuid()), to_text(one.uuid)};
    const std::vector<BulkOutcome> outcomes =
        run(set_status_of(*database, uuids, LeadStatus::reached_out, audit::by(ann), clock.now()));
    std::vector<BulkResult> results;
    for (const BulkOutcome& outcome : outcomes)
        results.push_back(outcome.result);
    EXPECT_THAT(results, ElementsAre(BulkResult::unchanged, BulkResult::not_found, BulkResult::changed,
                                     BulkResult::not_found, BulkResult::changed));
    EXPECT_EQ(outcomes[1].uuid, "nonsense");
    EXPECT_EQ(details(other).version, version) << "left alone";
    EXPECT_THAT(recorded(one), ElementsAre(R"(LEAD_STATUS_CHANGED 0 {"from":"PENDING","to":"REACHED_OUT"})"));
    run(set_assignee_of(*database, uuids, bob.id, audit::by(ann), clock.now()));
    EXPECT_EQ(details(one).assignee, "bob@example.com");
    EXPECT_EQ(details(other).assignee, "bob@example.com");
}

}  // namespace
}  // namespace alma::leads
