#include "db/postgresql/postgresql_uri.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::db {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PostgresqlUri, KnowsItsUrlsByTheirScheme) {
    for (const char* url : {"postgresql://h/db", "postgres://h/db", "postgresql+asyncpg://h/db",
                            "postgresql+psycopg2://u:p@h/db", "postgresql:///db"})
        EXPECT_TRUE(is_postgresql_url(url)) << url;
    for (const char* url : {"", "sqlite:///x", "postgresqlx://h", "mysql://h/postgresql://", "postgresql:/h"})
        EXPECT_FALSE(is_postgresql_url(url)) << url;
}

TEST(PostgresqlUri, LeavesSqlalchemysDriverOutAndTheRestAsItIs) {
    EXPECT_EQ(read_postgresql_url("postgresql+psycopg2://u:p%40ss@h:1/db?sslmode=verify-full"),
              "postgresql://u:p%40ss@h:1/db?sslmode=verify-full");
    EXPECT_EQ(read_postgresql_url("postgres://a:1,b:2/db?target_session_attrs=primary"),
              "postgresql://a:1,b:2/db?target_session_attrs=primary");
    EXPECT_EQ(read_postgresql_url("postgresql://u@/db?host=/run/postgresql"),
              "postgresql://u@/db?host=/run/postgresql");
}

TEST(PostgresqlUri, RefusesWhatLibpqDoesNotUnderstandWithoutRepeatingIt) {
    for (const char* url : {"postgresql://u:secret%@h/db", "postgresql://u:secret@h/db?secret=1",
                            "postgresql://[::1:secret/db"}) {
        try {
            read_postgresql_url(url);
            ADD_FAILURE() << url;
        } catch (const std::invalid_argument& problem) {
            EXPECT_THAT(problem.what(), Not(HasSubstr("secret")));
        }
    }
}

TEST(PostgresqlUri, CanStartWithAnotherOfItsHosts) {
    const auto start = [](const std::string& uri, const std::string& host, const std::string& port) {
        return describe_postgresql_uri(starting_with(uri, {.host = host, .port = port}));
    };
    const std::string uri = "postgresql://u@a:1,b:2,c:3/leads";
    EXPECT_EQ(start(uri, "b", "2"), "leads at b:2,c:3,a:1");
    EXPECT_EQ(start(uri, "c", "3"), "leads at c:3,a:1,b:2");
    EXPECT_EQ(start("postgresql://u@a,b,c/leads", "b", "5432"), "leads at b,c,a");
    EXPECT_EQ(start("postgresql://u@/leads?host=/run/a,/run/b&port=7", "/run/b", "7"),
              "leads at /run/b:7,/run/a:7");
    const PostgresqlHost other{.host = "::1", .port = "5432"};
    EXPECT_EQ(starting_with("postgresql:///leads?hostaddr=127.0.0.1,::1", other),
              "dbname='leads' hostaddr='::1,127.0.0.1' ");
    EXPECT_EQ(starting_with("postgresql://u:a'b%5C@h,%3A%3A1/leads", {.host = "::1", .port = "5432"}),
              R"(user='u' password='a\'b\\' dbname='leads' host='::1,h' port=',' )");
}

TEST(PostgresqlUri, StaysWhenAHostIsTheFirstOneOrUnknown) {
    for (const char* uri :
         {"postgresql://u@a,b/leads", "postgresql:///leads", "postgresql://u@a/leads", "nonsense"}) {
        EXPECT_EQ(starting_with(uri, {.host = "a", .port = "5432"}), uri);
        EXPECT_EQ(starting_with(uri, {.host = "b", .port = "7"}), uri);
        EXPECT_EQ(starting_with(uri, {}), uri);
    }
}

TEST(PostgresqlUri, IsDescribedWithoutUserAndPassword) {
    EXPECT_EQ(describe_postgresql_uri("postgresql://u:p@db1:5432,db2:5433/leads"),
              "leads at db1:5432,db2:5433");
    EXPECT_EQ(describe_postgresql_uri("postgresql://u:p@h/leads"), "leads at h");
    EXPECT_EQ(describe_postgresql_uri("postgresql://u@/leads?host=/run/pg&port=77"), "leads at /run/pg:77");
    EXPECT_EQ(describe_postgresql_uri("postgresql://"), "the user's database at localhost");
}

}  // namespace
}  // namespace alma::db
