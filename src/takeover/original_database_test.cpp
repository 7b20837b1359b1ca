#include "takeover/original_database.hpp"

#include "base/error.hpp"
#include "support/original_postgresql.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::takeover {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class OriginalPostgresqlDatabaseTest : public testing::Test {
protected:
    std::string refusal() const {
        try {
            OriginalDatabase opened(original.uri());
            return "no refusal";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::conflict);
            return error.detail();
        }
    }

    static std::vector<std::string> emails(OriginalDatabase& opened) {
        std::vector<std::string> emails;
        for (const OriginalUser& user : opened.next_users())
            emails.push_back(*user.email);
        return emails;
    }

    OriginalPostgresql original;
};

TEST_F(OriginalPostgresqlDatabaseTest, RowsComeAsTheyAre) {
    original.add_lead(1);
    original.add_user("Ann@Firm.example", "ADMIN", "FALSE");
    original.add_failed_email(1);
    OriginalDatabase opened(original.uri());
    EXPECT_EQ(opened.revision(), "73d3ff3538d7");
    const auto [users, leads, failed_emails] = opened.sizes();
    EXPECT_EQ(users + leads + failed_emails, 3u);

    const std::vector<OriginalUser> staff = opened.next_users();
    ASSERT_EQ(staff.size(), 1u);
    EXPECT_EQ(staff[0].email, "Ann@Firm.example");
    EXPECT_EQ(staff[0].role, "ADMIN");
    EXPECT_EQ(staff[0].is_active, "FALSE");
    EXPECT_EQ(staff[0].created_at, "2025-09-26 19:42:27.248539");
    EXPECT_TRUE(opened.next_users().empty());

    const std::vector<OriginalLead> taken = opened.next_leads();
    ASSERT_EQ(taken.size(), 1u);
    EXPECT_EQ(taken[0].uuid, OriginalPostgresql::uuid(1));
    EXPECT_EQ(taken[0].resume_path, "https://firm-resumes.s3.eu-central-1.amazonaws.com/1.pdf");
    EXPECT_EQ(taken[0].status, "REACHED_OUT");

    const std::vector<OriginalFailedEmail> mails = opened.next_failed_emails();
    ASSERT_EQ(mails.size(), 1u);
    EXPECT_EQ(mails[0].lead_uuid, OriginalPostgresql::uuid(1));
    EXPECT_EQ(mails[0].attorney_emails, R"(["ann@firm.example"])");
    EXPECT_EQ(mails[0].updated_at, std::nullopt);
}

TEST_F(OriginalPostgresqlDatabaseTest, PagesHoldEveryRowOnceAndNothingThatIsAddedMeanwhile) {
    original.run(
        fmt::format("INSERT INTO leads (uuid, first_name, last_name, email, resume_path) "
                    "SELECT gen_random_uuid(), '', '', '', '' FROM generate_series(1, {})",
                    2 * OriginalDatabase::page_rows + 1));
    OriginalDatabase opened(original.uri());
    std::int64_t last = 0;
    std::size_t pages = 0;
    for (auto page = opened.next_leads(); !page.empty(); page = opened.next_leads()) {
        if (++pages == 1) original.add_lead(1);
        for (const OriginalLead& lead : page)
            EXPECT_EQ(lead.id, ++last);
    }
    EXPECT_EQ(pages, 3u);
    EXPECT_EQ(last, 2 * OriginalDatabase::page_rows + 1);
    EXPECT_EQ(opened.sizes().leads, 2 * OriginalDatabase::page_rows + 1);
}

TEST_F(OriginalPostgresqlDatabaseTest, ActiveUsersComeFirst) {
    original.add_user("ann@firm.example", "ATTORNEY", "FALSE");
    original.add_user("Ann@firm.example");
    original.run("INSERT INTO users (email) VALUES ('bob@firm.example')");
    OriginalDatabase opened(original.uri());
    EXPECT_THAT(emails(opened), ElementsAre("Ann@firm.example", "ann@firm.example", "bob@firm.example"));
}

TEST_F(OriginalPostgresqlDatabaseTest, AnOlderSchemaWithoutStateAndFailedEmailsIsRead) {
    original.run(
        "ALTER TABLE users DROP COLUMN is_active; DROP TABLE failed_emails;"
        "UPDATE alembic_version SET version_num = '783581f29abb';"
        "INSERT INTO users (email) VALUES ('ann@firm.example')");
    OriginalDatabase opened(original.uri());
    EXPECT_EQ(opened.revision(), "783581f29abb");
    const std::vector<OriginalUser> users = opened.next_users();
    ASSERT_EQ(users.size(), 1u);
    EXPECT_EQ(users[0].is_active, "true");
    EXPECT_TRUE(opened.next_failed_emails().empty());
    EXPECT_EQ(opened.sizes().failed_emails, 0u);
}

TEST_F(OriginalPostgresqlDatabaseTest, LabelsInLowerCaseAreReadAndSorted) {
    original.run(
        "ALTER TYPE user_status RENAME VALUE 'TRUE' TO 'true'; ALTER TYPE user_status RENAME VALUE 'FALSE' "
        "TO "
        "'false'");
    original.add_user("off@firm.example", "ATTORNEY", "false");
    original.add_user("on@firm.example", "ATTORNEY", "true");
    OriginalDatabase opened(original.uri());
    EXPECT_THAT(emails(opened), ElementsAre("on@firm.example", "off@firm.example"));
}

TEST_F(OriginalPostgresqlDatabaseTest, ARowOfMegabytesDoesNotComeOver) {
    original.run(
        "INSERT INTO leads (uuid, first_name, last_name, email, resume_path) "
        "SELECT gen_random_uuid(), t, t, '', t FROM (SELECT repeat('x', 3000000) AS t) AS long");
    OriginalDatabase opened(original.uri());
    const std::vector<OriginalLead> leads = opened.next_leads();
    EXPECT_EQ(leads.at(0).first_name->size(), longest_text + 1);
    EXPECT_LE(leads.at(0).resume_path->size(), 2001u);
}

TEST_F(OriginalPostgresqlDatabaseTest, AnotherDatabaseIsRefusedWithWhatToDo) {
    original.run("UPDATE alembic_version SET version_num = 'abcdef012345'");
    EXPECT_THAT(refusal(), AllOf(HasSubstr("abcdef012345"), HasSubstr("alembic stamp 73d3ff3538d7")));
    original.run("DELETE FROM alembic_version");
    EXPECT_THAT(refusal(), HasSubstr("one row"));
    original.run(
        "INSERT INTO alembic_version VALUES ('73d3ff3538d7'); ALTER TABLE leads DROP COLUMN resume_path");
    EXPECT_THAT(refusal(), AllOf(HasSubstr("leads.resume_path"), HasSubstr("alembic upgrade head")));
    original.run("DROP TABLE alembic_version");
    EXPECT_THAT(refusal(), HasSubstr("no table alembic_version"));
    original.run("CREATE TABLE schema_migrations (version integer)");
    EXPECT_THAT(refusal(), HasSubstr("alma-leads itself"));
}

TEST_F(OriginalPostgresqlDatabaseTest, WhatTheServerSaysIsPassedOn) {
    try {
        OriginalDatabase opened("postgresql://alma@/nowhere?host=/nonexistent");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
        EXPECT_THAT(error.detail(), HasSubstr("/nonexistent"));
    }
}

}  // namespace
}  // namespace alma::takeover
