#include "audit/verification.hpp"

#include "audit/log.hpp"
#include "audit/sealer.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AuditVerificationTest : public testing::Test {
protected:
    AuditVerificationTest() {
        for (int i = 0; i < 5; ++i)
            run(database->write(record(
                {.action = Action::lead_submitted, .actor = {}, .lead = random_uuid(), .at = clock.now()})));
        run(seal(*database));
    }

    /// As somebody does who may do everything with the database.
    void tamper(std::string_view sql) {
        if (chosen_engine() == Engine::sqlite) {
            run(database->write(db::sql("DROP TRIGGER IF EXISTS audit_log_takes_no_update")));
            run(database->write(db::sql("DROP TRIGGER IF EXISTS audit_log_takes_no_delete")));
        } else {
            run(database->write(db::sql("DROP TRIGGER IF EXISTS audit_log_is_append_only ON audit_log")));
        }
        run(database->write(db::sql(sql)));
    }
    std::vector<std::string> findings(const std::vector<Head>& expected = {}) {
        std::vector<std::string> found;
        const auto report = [&](const Finding& finding) {
            found.push_back(finding.kind == FindingKind::missing
                                ? fmt::format("MISSING {}-{}", finding.position, finding.last)
                                : fmt::format("{} {}", alma::to_text(finding.kind), finding.position));
        };
        const Verification result = run(verify(*database, clock, expected, report, [](std::int64_t) {}));
        EXPECT_EQ(result.findings, static_cast<std::int64_t>(found.size()));
        return found;
    }

    ManualClock clock;
    TestDatabase database;
};

TEST_F(AuditVerificationTest, NothingIsFoundInWhatWasWritten) {
    EXPECT_THAT(findings({run(read_head(*database))}), IsEmpty());
}

TEST_F(AuditVerificationTest, AnEditedEntryIsFound) {
    for (const std::string_view edit :
         {"UPDATE audit_log SET action = 'RESUME_READ' WHERE position = 3",
          "UPDATE audit_log SET action = 'LEAD_SUBMITTED', actor_id = 9 WHERE position = 3",
          "UPDATE audit_log SET actor_id = NULL, created_at = '2026-01-01T00:00:00.000000' "
          "WHERE position = 3",
          "UPDATE audit_log SET lead_uuid = NULL WHERE position = 3"}) {
        tamper(edit);
        EXPECT_THAT(findings(), ElementsAre("CHANGED 3")) << edit;
    }
}

TEST_F(AuditVerificationTest, AHashThatWasMadeAnewIsFoundBehindIt) {
    tamper("UPDATE audit_log SET hash = (SELECT hash FROM audit_log WHERE position = 1) WHERE position = 3");
    EXPECT_THAT(findings(), ElementsAre("CHANGED 3", "CHANGED 4"));
}

TEST_F(AuditVerificationTest, DeletedEntriesAreFound) {
    tamper("DELETE FROM audit_log WHERE position IN (1, 3, 4)");
    EXPECT_THAT(findings(), ElementsAre("MISSING 1-1", "MISSING 3-4"));
}

TEST_F(AuditVerificationTest, ADeletionThatWasClosedUpIsFound) {
    tamper("DELETE FROM audit_log WHERE position = 3");
    tamper("UPDATE audit_log SET position = 3 WHERE position = 4");
    tamper("UPDATE audit_log SET position = 4 WHERE position = 5");
    EXPECT_THAT(findings(), ElementsAre("CHANGED 3", "CHANGED 4"));
}

TEST_F(AuditVerificationTest, EntriesInAnotherOrderAreFound) {
    tamper("UPDATE audit_log SET position = 100 WHERE position = 2");
    tamper("UPDATE audit_log SET position = 2 WHERE position = 4");
    tamper("UPDATE audit_log SET position = 4 WHERE position = 100");
    EXPECT_THAT(findings(), ElementsAre("CHANGED 2", "CHANGED 3", "CHANGED 4", "CHANGED 5"));
}

TEST_F(AuditVerificationTest, AnEndThatWasCutOffIsFoundByAHeadThatWasNoted) {
    const Head head = run(read_head(*database));
    tamper("DELETE FROM audit_log WHERE position > 3");
    EXPECT_THAT(findings(), IsEmpty()) << "the rest is a chain";
    EXPECT_THAT(findings({head}), ElementsAre("NOT_MET 5"));
}

TEST_F(AuditVerificationTest, AChainThatWasMadeAnewIsFoundByAHeadThatWasNoted) {
    const Head head = run(read_head(*database));
    tamper("DELETE FROM audit_log WHERE position = 5");
    run(database->write(record({.action = Action::lead_submitted, .actor = {}, .at = clock.now()})));
    run(seal(*database));
    EXPECT_THAT(findings(), IsEmpty());
    EXPECT_THAT(findings({head}), ElementsAre("NOT_MET 5"));
}

TEST_F(AuditVerificationTest, WhatWaitsForMoreThanAMinuteIsFound) {
    run(database->write(record({.action = Action::lead_submitted, .actor = {}, .at = clock.now()})));
    clock.advance(std::chrono::minutes(1));
    EXPECT_THAT(findings(), IsEmpty());
    clock.advance(std::chrono::microseconds(1));
    EXPECT_THAT(findings(), ElementsAre("UNSEALED 0"));
}

}  // namespace
}  // namespace alma::audit
