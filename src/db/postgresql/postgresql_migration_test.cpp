#include "base/error.hpp"
#include "db/database.hpp"
#include "db/postgresql/postgresql_database.hpp"
#include "db/postgresql/postgresql_session.hpp"
#include "support/postgresql_proxy.hpp"
#include "support/postgresql_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace alma::db {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class PostgresqlMigrationTest : public testing::Test {
protected:
    std::vector<int> up(std::span<const Migration> migrations = postgresql_migrations()) const {
        return migrate_up(*target(), migrations, SystemClock());
    }
    std::vector<int> down(int steps) const { return migrate_down(*target(), postgresql_migrations(), steps); }
    [[nodiscard]] std::unique_ptr<MigrationTarget> target() const {
        return postgresql_migration_target(database.uri());
    }
    /// Tables, columns, rules and indexes.
    [[nodiscard]] std::string schema() const {
        return database.run(R"(
            SELECT string_agg(line, E'\n' ORDER BY line) FROM (
                SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default, collation_name)
                FROM information_schema.columns WHERE table_schema = 'public'
                UNION ALL
                SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
                FROM pg_constraint WHERE connamespace = 'public'::regnamespace
                UNION ALL
                SELECT indexdef FROM pg_indexes WHERE schemaname = 'public') AS lines (line))");
    }

    TemporaryPostgresqlDatabase database;
};

TEST_F(PostgresqlMigrationTest, TheEmbeddedScriptsGoUpDownAndUpToTheSameSchema) {
    const std::size_t known = postgresql_migrations().size();
    ASSERT_GE(known, 4u);
    EXPECT_THAT(up(), SizeIs(known));
    const std::string first = schema();
    EXPECT_THAT(first, HasSubstr("leads uuid uuid NO"));

    EXPECT_THAT(down(static_cast<int>(known)), SizeIs(known));
    EXPECT_THAT(schema(), Not(HasSubstr("leads"))) << "only schema_migrations may stay";
    EXPECT_THAT(up(), SizeIs(known));
    EXPECT_EQ(schema(), first);
}

TEST_F(PostgresqlMigrationTest, EachStepCanBeTakenBackAlone) {
    for (std::size_t version = 1; version <= postgresql_migrations().size(); ++version) {
        const auto known = postgresql_migrations().first(version);
        EXPECT_THAT(up(known), ElementsAre(version));
        const std::string first = schema();
        EXPECT_THAT(down(1), ElementsAre(version));
        EXPECT_THAT(up(known), ElementsAre(version));
        EXPECT_EQ(schema(), first);
    }
}

TEST_F(PostgresqlMigrationTest, EveryTextIsComparedByteByByte) {
    up();
    EXPECT_EQ(database.run(
                  "SELECT string_agg(table_name || '.' || column_name, ' ') FROM information_schema.columns "
                  "WHERE table_schema = 'public' AND table_name <> 'schema_migrations' "
                  "AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"),
              "");
}

TEST_F(PostgresqlMigrationTest, BothEnginesHaveTheSameSteps) {
    ASSERT_EQ(postgresql_migrations().size(), sqlite_migrations().size());
    for (std::size_t i = 0; i < sqlite_migrations().size(); ++i)
        EXPECT_EQ(postgresql_migrations()[i].name, sqlite_migrations()[i].name);
}

TEST_F(PostgresqlMigrationTest, MailsThatSomeHaveAreNotSentToAllByAnOlderBinary) {
    up(postgresql_migrations().first(5));
    database.run(R"(
        INSERT INTO leads VALUES (1, gen_random_uuid(), 'Ann', 'Lee', 'a@b.c', 'key', 'cv.pdf', 'application/pdf', 1,
                                  'PENDING', now(), now());
        INSERT INTO outbox (message_id, lead_id, kind, next_attempt_at, created_at, recipients, last_error)
        VALUES (gen_random_uuid(), 1, 'NOTIFICATION', now(), now(), '["d@e.f"]', '452 full'),
               (gen_random_uuid(), 1, 'NOTIFICATION', now(), now(), NULL, NULL))");
    migrate_down(*target(), postgresql_migrations().first(5), 1);
    EXPECT_EQ(database.run("SELECT count(*) FROM outbox"), "1");
    EXPECT_EQ(database.run("SELECT concat_ws(' ', lead_name, attorney_emails, status) FROM failed_emails"),
              R"(Ann Lee ["d@e.f"] FAILED)");
    EXPECT_THAT(database.run("SELECT error_message FROM failed_emails"),
                AllOf(HasSubstr("sends it to all"), HasSubstr("452 full")));
}

TEST_F(PostgresqlMigrationTest, AStatusMakesNoTable) {
    EXPECT_THAT(migration_status(*target(), postgresql_migrations()), SizeIs(postgresql_migrations().size()));
    EXPECT_EQ(schema(), "");
}

TEST_F(PostgresqlMigrationTest, AFailingScriptChangesNothingAndIsNamed) {
    constexpr std::array broken{
        Migration{.version = 1, .name = "good", .up = "CREATE TABLE good (id integer)", .down = ""},
        Migration{.version = 2,
                  .name = "bad",
                  .up = "CREATE TABLE half (id integer); CREATE nonsense",
                  .down = ""}};
    try {
        up(broken);
        ADD_FAILURE() << "a broken script was applied";
    } catch (const DatabaseError& error) {
        EXPECT_THAT(error.what(), HasSubstr("0002 (bad)"));
    }
    EXPECT_THAT(schema(), Not(HasSubstr("half")));
    EXPECT_THAT(target()->applied(), SizeIs(1));
}

TEST_F(PostgresqlMigrationTest, AScriptMustNotEndItsTransaction) {
    constexpr std::array broken{
        Migration{.version = 1, .name = "commits", .up = "CREATE TABLE a (id integer); COMMIT", .down = ""}};
    EXPECT_THROW(up(broken), std::logic_error);
}

TEST_F(PostgresqlMigrationTest, AConnectionThatEndsAtTheCommitIsNoFailureOfTheScript) {
    PostgresqlProxy proxy(PostgresqlServer::shared());
    proxy.judge_by([](std::string_view message) {
        return message.contains("COMMIT") ? PostgresqlProxy::Fate::pass_and_cut : PostgresqlProxy::Fate::pass;
    });
    const auto cut_off = postgresql_migration_target(proxy.uri(database.name()));
    try {
        migrate_up(*cut_off, postgresql_migrations(), SystemClock());
        ADD_FAILURE() << "it does not know that it was committed";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
        EXPECT_THAT(error.detail(), Not(HasSubstr("changed nothing")));
    }
    up();
    EXPECT_THAT(target()->applied(), SizeIs(postgresql_migrations().size()));
}

TEST_F(PostgresqlMigrationTest, AScriptDoesNotWaitForLongForATableInUse) {
    constexpr std::array scripts{
        Migration{.version = 1,
                  .name = "looks",
                  .up = "CREATE TABLE seen AS SELECT current_setting('lock_timeout')",
                  .down = ""},
        Migration{.version = 2,
                  .name = "waits",
                  .up = "SET LOCAL lock_timeout = '50ms'; DROP TABLE seen",
                  .down = ""}};
    up(std::span(scripts).first(1));
    EXPECT_EQ(database.run("SELECT * FROM seen"), "3s");

    const PostgresqlSession user(PQconnectdb(database.uri().c_str()));
    const PostgresqlResult using_it(PQexec(user.get(), "BEGIN; SELECT * FROM seen"));
    try {
        up(scripts);
        ADD_FAILURE() << "it dropped a table in use";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable) << "a service would not try again";
        EXPECT_THAT(error.detail(), HasSubstr("in use"));
    }
    const PostgresqlResult done(PQexec(user.get(), "COMMIT"));
    EXPECT_THAT(up(scripts), ElementsAre(2));
}

TEST_F(PostgresqlMigrationTest, OfManyThatStartAtOnceOneMigratesAndTheOthersWait) {
    std::atomic<std::size_t> applied = 0;
    std::vector<std::jthread> instances;
    for (int i = 0; i < 6; ++i)
        instances.emplace_back([&] { applied += up().size(); });
    instances.clear();
    EXPECT_EQ(applied, postgresql_migrations().size());
}

TEST_F(PostgresqlMigrationTest, TheWaitForAnotherMigrationHasAnEnd) {
    const auto first = target();
    first->lock();
    const auto second = postgresql_migration_target(database.uri(), std::chrono::milliseconds(120));
    EXPECT_THROW(second->lock(), Error);
    first->unlock();
    EXPECT_NO_THROW(second->lock());
    second->unlock();
}

TEST(PostgresqlMigration, SaysWhyTheServerCannotBeUsed) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {PostgresqlServer::shared().uri("missing"), "\"missing\" does not exist"},
        {PostgresqlServer::shared().tcp_uri("wrong"), "password authentication failed for user \"alma\""},
        {"postgresql://nobody:wrong@127.0.0.1:1/leads", "Connection refused"},
    };
    for (const auto& [uri, reason] : cases) {
        try {
            (void)postgresql_migration_target(uri)->applied();
            ADD_FAILURE() << "it connected: " << reason;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::unavailable);
            EXPECT_THAT(error.detail(), HasSubstr(reason));
            EXPECT_THAT(error.detail(), Not(HasSubstr("wrong")));
            EXPECT_THAT(error.detail(), Not(HasSubstr("\n")));
        }
    }
}

TEST(PostgresqlMigration, RefusesADatabaseThatCannotHoldEveryName) {
    const TemporaryPostgresqlDatabase database;
    const std::string name = database.name() + "_ascii";
    database.run("CREATE DATABASE " + name + " ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'");
    try {
        (void)postgresql_migration_target(PostgresqlServer::shared().uri(name))->applied();
        ADD_FAILURE() << "it took the database";
    } catch (const Error& error) {
        EXPECT_THAT(error.detail(), HasSubstr("SQL_ASCII"));
    }
    database.run("DROP DATABASE " + name);
}

}  // namespace
}  // namespace alma::db
