#include "base/error.hpp"
#include "db/sqlite/sqlite_connection.hpp"
#include "support/run.hpp"
#include "support/sqlite_test_database.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace alma::db {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SqliteMigrationTest : public testing::Test {
protected:
    std::vector<int> up(std::span<const Migration> migrations = sqlite_migrations()) {
        return migrate_up(*sqlite_migration_target(file), migrations, SystemClock());
    }
    std::vector<int> down(int steps) {
        return migrate_down(*sqlite_migration_target(file), sqlite_migrations(), steps);
    }
    std::vector<std::string> schema() {
        SqliteConnection connection(file, SqliteConnection::Access::read_only);
        const Rows rows = connection.run(sql(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY name"));
        std::vector<std::string> statements;
        for (std::size_t i = 0; i < rows.size(); ++i)
            statements.emplace_back(rows[i][0].text());
        return statements;
    }

    TemporaryDirectory directory;
    const std::filesystem::path file = directory / "leads.db";
};

TEST_F(SqliteMigrationTest, TheEmbeddedScriptsGoUpDownAndUpToTheSameSchema) {
    const std::size_t known = sqlite_migrations().size();
    ASSERT_GE(known, 4u);
    EXPECT_THAT(up(), SizeIs(known));
    const std::vector<std::string> first = schema();
    EXPECT_THAT(first, testing::Contains(HasSubstr("CREATE TABLE leads")));

    EXPECT_THAT(down(static_cast<int>(known)), SizeIs(known));
    EXPECT_THAT(schema(), SizeIs(1)) << "only schema_migrations may stay";
    EXPECT_THAT(up(), SizeIs(known));
    EXPECT_EQ(schema(), first);
}

TEST_F(SqliteMigrationTest, EachStepCanBeTakenBackAlone) {
    for (std::size_t version = 1; version <= sqlite_migrations().size(); ++version) {
        const auto known = sqlite_migrations().first(version);
        EXPECT_THAT(up(known), ElementsAre(version));
        const std::vector<std::string> first = schema();
        EXPECT_THAT(down(1), ElementsAre(version));
        EXPECT_THAT(up(known), ElementsAre(version));
        EXPECT_EQ(schema(), first);
    }
}

TEST_F(SqliteMigrationTest, MailsThatSomeHaveAreNotSentToAllByAnOlderBinary) {
    up(sqlite_migrations().first(5));
    {
        SqliteConnection connection(file, SqliteConnection::Access::read_write);
        for (const std::string_view statement :
             {"INSERT INTO leads VALUES (1, 'uuid', 'Ann', 'Lee', 'a@b.c', 'key', 'cv.pdf', "
              "'application/pdf', 1, "
              "'PENDING', 'then', 'then')",
              "INSERT INTO outbox (message_id, lead_id, kind, next_attempt_at, created_at, recipients, "
              "last_error) "
              "VALUES ('some', 1, 'NOTIFICATION', 'now', 'then', '[\"d@e.f\"]', '452 full'), "
              "('nobody', 1, 'NOTIFICATION', 'now', 'then', NULL, NULL)"})
            connection.run(sql(statement));
    }
    migrate_down(*sqlite_migration_target(file), sqlite_migrations().first(5), 1);
    SqliteConnection connection(file, SqliteConnection::Access::read_only);
    const Rows waiting = connection.run(sql("SELECT message_id FROM outbox"));
    ASSERT_EQ(waiting.size(), 1u);
    EXPECT_EQ(waiting[0][0].text(), "nobody");
    const Rows failed = connection.run(
        sql("SELECT message_id, lead_name, attorney_emails, error_message, status FROM failed_emails"));
    ASSERT_EQ(failed.size(), 1u);
    EXPECT_EQ(failed[0][0].text(), "some");
    EXPECT_EQ(failed[0][1].text(), "Ann Lee");
    EXPECT_EQ(failed[0][2].text(), R"(["d@e.f"])");
    EXPECT_THAT(std::string(failed[0][3].text()), AllOf(HasSubstr("sends it to all"), HasSubstr("452 full")));
    EXPECT_EQ(failed[0][4].text(), "FAILED");
}

TEST_F(SqliteMigrationTest, AStatusOfWhatIsNotThereMakesNoFile) {
    const auto target = sqlite_migration_target(file);
    EXPECT_EQ(migration_status(*target, sqlite_migrations()).size(), sqlite_migrations().size());
    EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(SqliteMigrationTest, AStatusMayBeAskedWhileTheDatabaseIsInUse) {
    SqliteTestDatabase database;
    run(database->write(
        sql("INSERT INTO upload_intents VALUES ('key', 'owner', '2025-09-26T19:42:27.248539')")));
    for (const MigrationStatus& step :
         migration_status(*sqlite_migration_target(database.file()), sqlite_migrations())) {
        EXPECT_TRUE(step.applied_at) << step.name;
    }
}

TEST_F(SqliteMigrationTest, AFailingScriptChangesNothingAndIsNamed) {
    constexpr std::array broken{
        Migration{.version = 1, .name = "good", .up = "CREATE TABLE good (id INTEGER)", .down = ""},
        Migration{.version = 2,
                  .name = "bad",
                  .up = "CREATE TABLE half (id INTEGER); CREATE nonsense",
                  .down = ""}};
    try {
        up(broken);
        ADD_FAILURE() << "a broken script was applied";
    } catch (const DatabaseError& error) {
        EXPECT_THAT(error.what(), HasSubstr("0002 (bad)"));
    }
    EXPECT_THAT(schema(), testing::Not(testing::Contains(HasSubstr("half"))));
    EXPECT_THAT(sqlite_migration_target(file)->applied(), SizeIs(1));
}

TEST_F(SqliteMigrationTest, AScriptMustNotLeaveDanglingReferences) {
    constexpr std::array broken{Migration{.version = 1,
                                          .name = "dangling",
                                          .up = "CREATE TABLE a (id INTEGER PRIMARY KEY);"
                                                "CREATE TABLE b (a INTEGER REFERENCES a (id));"
                                                "INSERT INTO b VALUES (7)",
                                          .down = ""}};
    EXPECT_THROW(up(broken), DatabaseError);
    EXPECT_THAT(sqlite_migration_target(file)->applied(), IsEmpty());
}

TEST_F(SqliteMigrationTest, AScriptMustNotEndItsTransaction) {
    constexpr std::array broken{
        Migration{.version = 1, .name = "commits", .up = "CREATE TABLE a (id INTEGER); COMMIT", .down = ""}};
    EXPECT_THROW(up(broken), std::logic_error);
}

TEST_F(SqliteMigrationTest, OfTwoProcessesOneMigratesAndTheOtherWaits) {
    for (int round = 0; round < 5; ++round) {
        std::filesystem::remove(file);
        std::array<pid_t, 2> children{};
        for (pid_t& child : children) {
            child = ::fork();
            if (child == 0) {
                try {
                    ::_exit(static_cast<int>(up().size()));
                } catch (...) {
                    ::_exit(99);
                }
            }
        }
        std::size_t applied = 0;
        for (const pid_t child : children) {
            int status = 0;
            ::waitpid(child, &status, 0);
            ASSERT_TRUE(WIFEXITED(status));
            ASSERT_NE(WEXITSTATUS(status), 99);
            applied += static_cast<std::size_t>(WEXITSTATUS(status));
        }
        EXPECT_EQ(applied, sqlite_migrations().size());
    }
}

TEST_F(SqliteMigrationTest, TheWaitForAnotherMigrationHasAnEnd) {
    const auto first = sqlite_migration_target(file);
    first->lock();
    const auto second = sqlite_migration_target(file, std::chrono::milliseconds(120));
    EXPECT_THROW(second->lock(), Error);
    first->unlock();
    EXPECT_NO_THROW(second->lock());
    second->unlock();
}

}  // namespace
}  // namespace alma::db
