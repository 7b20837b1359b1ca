#include "db/postgresql/postgresql_session.hpp"

#include "base/error.hpp"
#include "support/postgresql_proxy.hpp"
#include "support/postgresql_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace alma::db {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

bool is_parse(std::string_view message) {
    return message.starts_with('P');
}

TEST(PostgresqlSession, IsGivenUpWhenItsSetUpIsNotAnswered) {
    auto proxy = std::make_optional<PostgresqlProxy>(PostgresqlServer::shared());
    proxy->judge_by([](std::string_view message) {
        return is_parse(message) ? PostgresqlProxy::Fate::swallow : PostgresqlProxy::Fate::pass;
    });
    auto opened = std::async(std::launch::async, [uri = proxy->uri("postgres")]() -> std::string {
        try {
            const PostgresqlSession session = open_postgresql_session(uri, {.longest_set_up = 200ms});
            return "a session";
        } catch (const Error& error) {
            return error.what();
        }
    });
    EXPECT_EQ(opened.wait_for(3s), std::future_status::ready);
    proxy.reset();  // ends what still waits
    EXPECT_THAT(opened.get(), HasSubstr("did not answer"));
}

}  // namespace
}  // namespace alma::db
