#include "db/postgresql/postgresql_statements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace alma::db {
namespace {

TEST(PostgresqlStatements, TakeWhatStandsInACommentOfTheirDialect) {
    EXPECT_EQ(in_postgresql("SELECT 1"), "SELECT 1");
    EXPECT_EQ(in_postgresql("SELECT 1 /* why */"), "SELECT 1 /* why */");
    EXPECT_EQ(in_postgresql("SELECT id LIMIT $1 /*postgresql FOR UPDATE SKIP LOCKED*/ -- end"),
              "SELECT id LIMIT $1 FOR UPDATE SKIP LOCKED -- end");
    EXPECT_EQ(in_postgresql("a /*postgresql b*/ c /*postgresql d*/"), "a b c d");
    EXPECT_EQ(in_postgresql("a /*postgresql b"), "a b");
}

TEST(PostgresqlStatements, CountTheirPlaceholdersByTheHighest) {
    EXPECT_EQ(placeholders_in("SELECT 1"), 0u);
    EXPECT_EQ(placeholders_in("SELECT $2, $1, $2"), 2u);
    EXPECT_EQ(placeholders_in("VALUES ($9, $10, $11)"), 11u);
    EXPECT_EQ(placeholders_in("$"), 0u);
}

TEST(PostgresqlStatements, AreKnownByTheAddressOfTheirText) {
    PostgresqlStatements statements;
    constexpr std::string_view text = "SELECT $1";
    PostgresqlStatements::Entry& entry = statements.of(sql(text, 1));
    EXPECT_EQ(entry.values, 1u);
    EXPECT_FALSE(entry.is_prepared);
    EXPECT_EQ(&statements.of(sql(text, 2)), &entry);
    const PostgresqlStatements::Entry& requiring = statements.of(required(text, 1));
    EXPECT_NE(&requiring, &entry);
    EXPECT_NE(requiring.name, entry.name);
}

TEST(PostgresqlStatements, AreLiteralsAndSoNeverMoreThanThereAre) {
    PostgresqlStatements statements;
    std::deque<std::string> texts;
    for (int i = 0; i < 1024; ++i)
        statements.of(sql(texts.emplace_back("SELECT 1 -- " + std::to_string(i))));
    EXPECT_NO_THROW(statements.of(sql(texts.front())));
    EXPECT_THROW(statements.of(sql(texts.emplace_back("SELECT 2"))), std::logic_error);
}

}  // namespace
}  // namespace alma::db
