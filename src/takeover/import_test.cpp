#include "takeover/import.hpp"

#include "mail/failed_email_store.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/original_postgresql.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::takeover {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// From PostgreSQL into the engine under test.
class ImportFromPostgresqlTest : public testing::Test {
protected:
    ImportCounts import(bool is_dry_run = false) {
        findings.clear();
        OriginalDatabase opened(original.uri());
        ImportOptions options{
            .relocation = {},
            .target = is_dry_run ? nullptr : &*database,
            .report =
                [this](const Finding& finding) {
                    findings.push_back(fmt::format("{} {} {}: {}", to_text(finding.kind), finding.table,
                                                   finding.id.value_or(0), finding.reason));
                },
            .progress =
                [this](std::string_view what, std::uint64_t done, std::uint64_t all) {
                    progress.push_back(fmt::format("{} {}/{}", what, done, all));
                }};
        return run(import_rows(opened, clock, std::move(options)));
    }

    std::string text(std::string_view select) {
        return run(database->search(db::sql(select))).front().get<std::string>(0);
    }
    std::int64_t number(std::string_view select) { return select_number(*database, select); }

    OriginalPostgresql original;
    TestDatabase database;
    ManualClock clock;
    std::vector<std::string> findings;
    std::vector<std::string> progress;
};

TEST_F(ImportFromPostgresqlTest, RowsAreAddedOnceHoweverOftenItIsRun) {
    original.add_user("ann@firm.example", "ADMIN");
    for (int lead = 1; lead <= 3; ++lead)
        original.add_lead(lead);
    original.add_failed_email(2);
    ImportCounts counts = import();
    EXPECT_EQ(counts.users.added, 1u);
    EXPECT_EQ(counts.leads.added, 3u);
    EXPECT_EQ(counts.failed_emails.added, 1u);
    EXPECT_THAT(findings, IsEmpty());
    EXPECT_THAT(progress, ElementsAre("users 1/1", "leads 3/3", "failed_emails 1/1"));

    counts = import();
    EXPECT_EQ(counts.users.there_already, 1u);
    EXPECT_EQ(counts.leads.there_already, 3u);
    EXPECT_EQ(counts.failed_emails.there_already, 1u);
    EXPECT_EQ(counts.users.added + counts.leads.added + counts.failed_emails.added, 0u);
    EXPECT_EQ(number("SELECT count(*) FROM leads"), 3);
    EXPECT_EQ(number("SELECT count(*) FROM failed_emails"), 1);

    original.add_lead(4);
    EXPECT_EQ(import().leads.added, 1u);
}

TEST_F(ImportFromPostgresqlTest, ValuesArriveAsTheyWere) {
    original.add_user("Ann@Firm.example", "ADMIN", "FALSE");
    original.add_lead(7);
    original.add_failed_email(1);
    import();
    EXPECT_EQ(text("SELECT email FROM users"), "Ann@Firm.example");
    EXPECT_EQ(text("SELECT email_folded FROM users"), "ann@firm.example");
    EXPECT_EQ(text("SELECT hashed_password FROM users"), cheap_hash);
    EXPECT_EQ(number("SELECT count(*) FROM users WHERE role = 'ADMIN' AND is_active = false"), 1);
    EXPECT_EQ(text("SELECT resume_path FROM leads"),
              "https://firm-resumes.s3.eu-central-1.amazonaws.com/7.pdf");
    EXPECT_EQ(text("SELECT resume_name FROM leads"), "Ada Lovelace.pdf");
    EXPECT_EQ(text("SELECT status FROM leads"), "REACHED_OUT");
    EXPECT_EQ(number("SELECT resume_size FROM leads"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM outbox"), 0) << "nobody is written to again";
    const auto failed = run(mail::failed_emails_after(*database, 0, clock.now(), 10));
    ASSERT_EQ(failed.size(), 1u);
    EXPECT_EQ(to_text(failed[0].lead_uuid), OriginalPostgresql::uuid(7));
    EXPECT_EQ(failed[0].error_message, "550 no such user");
    EXPECT_THAT(failed[0].attorney_emails.text, HasSubstr("ann@firm.example"));
    EXPECT_EQ(to_text(failed[0].created_at), "2025-09-26T19:42:27.248539");
}

TEST_F(ImportFromPostgresqlTest, NothingThatIsThereIsChanged) {
    insert_user(*database, {.email = "ann@firm.example", .hashed_password = "ours"});
    original.add_user("ann@firm.example", "ADMIN");
    original.add_lead(1);
    import();
    run(database->write(db::sql("UPDATE leads SET status = 'PENDING', resume_path = 'ab/cd'")));
    original.run("UPDATE leads SET first_name = 'Changed'");
    import();
    EXPECT_EQ(text("SELECT hashed_password FROM users"), "ours");
    EXPECT_EQ(text("SELECT role FROM users"), "ATTORNEY");
    EXPECT_EQ(text("SELECT status FROM leads"), "PENDING");
    EXPECT_EQ(text("SELECT resume_path FROM leads"), "ab/cd");
    EXPECT_EQ(text("SELECT first_name FROM leads"), "Ada");
}

TEST_F(ImportFromPostgresqlTest, AFailedEmailThatWasResolvedHereDoesNotComeBack) {
    original.add_lead(1);
    original.add_failed_email(1);
    import();
    run(database->write(db::sql("DELETE FROM failed_emails")));
    EXPECT_EQ(import().failed_emails.there_already, 1u);
    EXPECT_EQ(number("SELECT count(*) FROM failed_emails"), 0);
}

TEST_F(ImportFromPostgresqlTest, ARefusedRowIsReportedEachTimeAndTakenOnceItIsMended) {
    original.add_lead(1, "no URL");
    original.add_lead(2);
    original.add_failed_email(1);
    for (int again = 0; again < 2; ++again) {
        const ImportCounts counts = import();
        EXPECT_EQ(counts.leads.refused, 1u);
        EXPECT_EQ(counts.failed_emails.refused, 1u);
        EXPECT_THAT(findings, ElementsAre(AllOf(HasSubstr("REFUSED leads 1: "), HasSubstr("no URL")),
                                          HasSubstr("REFUSED failed_emails 1: its lead was not taken")));
    }
    original.run("UPDATE leads SET resume_path = 'https://firm.s3.eu-central-1.amazonaws.com/1.pdf'");
    const ImportCounts counts = import();
    EXPECT_EQ(counts.leads.added, 1u);
    EXPECT_EQ(counts.failed_emails.added, 1u);
    EXPECT_THAT(findings, IsEmpty());
}

TEST_F(ImportFromPostgresqlTest, OfTwoSpellingsOfAnAddressTheActiveOneIsTaken) {
    original.add_user("ann@firm.example", "ATTORNEY", "FALSE");
    original.add_user("Ann@firm.example");
    for (const bool is_dry_run : {true, false, false}) {
        const ImportCounts counts = import(is_dry_run);
        EXPECT_EQ(counts.users.refused, 1u);
        EXPECT_THAT(findings, ElementsAre(AllOf(HasSubstr("REFUSED users 1: ann@firm.example"),
                                                HasSubstr("Ann@firm.example"))));
    }
    EXPECT_EQ(text("SELECT email FROM users"), "Ann@firm.example");
}

TEST_F(ImportFromPostgresqlTest, WhatIsTakenOtherwiseIsToldOnce) {
    original.add_lead(1);
    original.run("UPDATE leads SET created_at = NULL, updated_at = NULL");
    const ImportCounts counts = import();
    EXPECT_EQ(counts.leads.changed, 1u);
    EXPECT_EQ(counts.leads.refused, 0u);
    EXPECT_THAT(findings, ElementsAre(HasSubstr("CHANGED leads 1: created_at is empty")));
    EXPECT_EQ(import().leads.changed, 0u);
    EXPECT_THAT(findings, IsEmpty());
}

TEST_F(ImportFromPostgresqlTest, ADryRunCountsAndWritesNothing) {
    original.add_user("ann@firm.example");
    original.add_lead(1);
    original.add_lead(2, "no URL");
    const ImportCounts counts = import(true);
    EXPECT_EQ(counts.users.added, 1u);
    EXPECT_EQ(counts.leads.added, 1u);
    EXPECT_EQ(counts.leads.refused, 1u);
    EXPECT_EQ(number("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM leads)"), 0);
}

TEST_F(ImportFromPostgresqlTest, OneRowThatTheDatabaseRefusesCostsNoOther) {
    for (int lead = 1; lead <= 5; ++lead)
        original.add_lead(lead);
    // A rule of the future, say.
    run(database->write(db::sql("CREATE UNIQUE INDEX one_of_each ON leads (email)")));
    original.run("UPDATE leads SET email = 'ada1@example.com' WHERE id = 3");
    const ImportCounts counts = import();
    EXPECT_EQ(counts.leads.added, 4u);
    EXPECT_EQ(counts.leads.refused, 1u);
    EXPECT_THAT(findings, ElementsAre(HasSubstr("REFUSED leads 3: our database refuses it")));
    EXPECT_EQ(number("SELECT count(*) FROM leads"), 4);
}

}  // namespace
}  // namespace alma::takeover
