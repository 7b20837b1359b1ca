#include "db/composed_statement.hpp"

#include <gtest/gtest.h>

namespace alma::db {
namespace {

Statement composed(bool has_name, std::string_view name) {
    ComposedStatement statement;
    statement.text = fmt::format("SELECT {}", statement.value(std::int64_t{1}));
    if (has_name) statement.text += fmt::format(", {}", statement.value(name));
    return std::move(statement).build();
}

TEST(ComposedStatement, NumbersItsValues) {
    const Statement statement = composed(true, "Ann");
    EXPECT_EQ(statement.sql, "SELECT $1, $2");
    ASSERT_EQ(statement.params.size(), 2u);
    EXPECT_EQ(std::get<std::int64_t>(statement.params[0]), 1);
    EXPECT_EQ(std::get<std::string>(statement.params[1]), "Ann");
}

TEST(ComposedStatement, TheSameTextIsAlwaysTheSameKeyOfPreparedStatements) {
    EXPECT_EQ(composed(true, "Ann").sql.data(), composed(true, "Bob").sql.data());
    EXPECT_NE(composed(true, "Ann").sql.data(), composed(false, "").sql.data());
}

}  // namespace
}  // namespace alma::db
