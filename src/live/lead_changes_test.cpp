// The audit log is read while others write it and move it: each change is told, and told once.
#include "live/lead_changes.hpp"

#include "audit/log.hpp"
#include "audit/sealer.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace alma::live {
namespace {

using audit::Action;
using testing::ElementsAre;
using testing::IsEmpty;

class LeadChangesTest : public testing::Test {
protected:
    void record(Action action, std::optional<Uuid> lead) {
        run(database->write(audit::record({.action = action, .actor = {}, .lead = lead, .at = clock.now()})));
    }
    void record_with_id(std::int64_t id, std::string_view action, Uuid lead) {
        static constexpr std::string_view insert = R"(
            INSERT INTO audit_pending (id, action, actor_kind, lead_uuid, details, created_at)
            VALUES ($1, $2, 'SERVICE', $3, '{}', $4))";
        run(database->write(db::sql(insert, id, action, lead, clock.now())));
    }
    void seal() { run(audit::seal(*database)); }
    std::vector<LeadChange> next() { return run(changes.next()); }

    ManualClock clock;
    TestDatabase database;
    LeadChanges changes{*database};
    const Uuid ada = random_uuid();
    const Uuid bob = random_uuid();
};

TEST_F(LeadChangesTest, AChangeIsToldWhileItWaitsToBeSealedAndNotAgainAfterwards) {
    run(changes.begin());
    record(Action::lead_submitted, ada);
    EXPECT_THAT(next(), ElementsAre(LeadChange{ada, Change::created}));
    EXPECT_THAT(next(), IsEmpty());
    seal();
    EXPECT_THAT(next(), IsEmpty());
    EXPECT_THAT(next(), IsEmpty());
}

TEST_F(LeadChangesTest, AChangeThatWasSealedMeanwhileIsTold) {
    run(changes.begin());
    record(Action::lead_submitted, ada);
    seal();
    record(Action::lead_status_changed, ada);
    EXPECT_THAT(next(), ElementsAre(LeadChange{ada, Change::created}, LeadChange{ada, Change::changed}));
    EXPECT_THAT(next(), IsEmpty());
}

TEST_F(LeadChangesTest, WhatWasBeforeIsNotTold) {
    record(Action::lead_submitted, ada);
    seal();
    record(Action::lead_submitted, bob);
    run(changes.begin());
    EXPECT_THAT(next(), IsEmpty());
    seal();
    EXPECT_THAT(next(), IsEmpty());
}

TEST_F(LeadChangesTest, EveryKindOfChangeIsTold) {
    run(changes.begin());
    for (const Action action : {Action::lead_assigned, Action::lead_unassigned, Action::note_added,
                                Action::note_deleted, Action::lead_erased})
        record(action, ada);
    const LeadChange changed{ada, Change::changed};
    EXPECT_THAT(next(), ElementsAre(changed, changed, changed, changed, LeadChange{ada, Change::erased}));
}

TEST_F(LeadChangesTest, WhatChangesNoLeadIsNotTold) {
    run(changes.begin());
    record(Action::resume_read, ada);
    record(Action::login_succeeded, std::nullopt);
    EXPECT_THAT(next(), IsEmpty());
    record(Action::resume_read, bob);
    seal();
    EXPECT_THAT(next(), IsEmpty());
}

TEST_F(LeadChangesTest, AnEntryOfANewerVersionIsTakenForAChange) {
    run(changes.begin());
    record_with_id(1, "LEAD_PAINTED_BLUE", ada);
    EXPECT_THAT(next(), ElementsAre(LeadChange{ada, Change::changed}));
}

TEST_F(LeadChangesTest, AnIdThatIsCommittedBehindAHigherOneIsTold) {
    run(changes.begin());
    record_with_id(20, "NOTE_ADDED", ada);
    EXPECT_THAT(next(), ElementsAre(LeadChange{ada, Change::changed}));
    seal();
    record_with_id(10, "NOTE_ADDED", bob);
    EXPECT_THAT(next(), ElementsAre(LeadChange{bob, Change::changed}));
    seal();
    EXPECT_THAT(next(), IsEmpty());
}

/// Three pages wait; half of them are sealed while they are told.
TEST_F(LeadChangesTest, MoreThanAPageIsToldInPartsAndOnce) {
    run(changes.begin());
    const std::size_t count = 3 * LeadChanges::page;
    std::vector<db::Statement> transaction;
    for (std::size_t i = 0; i < count; ++i)
        transaction.push_back(audit::record(
            {.action = Action::lead_submitted, .actor = {}, .lead = random_uuid(), .at = clock.now()}));
    run(database->write(std::move(transaction)));
    std::vector<LeadChange> told = next();
    EXPECT_EQ(told.size(), LeadChanges::page);
    EXPECT_THAT(next(), IsEmpty()) << "the others wait behind these";
    seal();
    record(Action::lead_submitted, ada);
    for (std::vector<LeadChange> more = next(); !more.empty(); more = next()) {
        EXPECT_LE(more.size(), 2 * LeadChanges::page);
        told.insert(told.end(), more.begin(), more.end());
    }
    EXPECT_EQ(told.size(), count + 1);
    std::set<std::string> leads;
    for (const LeadChange& change : told)
        leads.insert(to_text(change.uuid));
    EXPECT_EQ(leads.size(), count + 1) << "one was told twice";
    seal();
    EXPECT_THAT(next(), IsEmpty());
}

/// A full page waits to be sealed, one that was told stands behind its end, and then comes by in the chain.
TEST_F(LeadChangesTest, OneThatWasToldIsRememberedBehindAFullPage) {
    run(changes.begin());
    record_with_id(1000, "NOTE_ADDED", ada);
    EXPECT_THAT(next(), ElementsAre(LeadChange{ada, Change::changed}));
    for (std::int64_t id = 1; id <= static_cast<std::int64_t>(LeadChanges::page); ++id)
        record_with_id(id, "NOTE_ADDED", bob);
    EXPECT_EQ(next().size(), LeadChanges::page);
    seal();
    EXPECT_THAT(next(), IsEmpty());
}

}  // namespace
}  // namespace alma::live
