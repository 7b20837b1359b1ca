#include "http/session_loop.hpp"

#include <gtest/gtest.h>

namespace alma::http {
namespace {

class ConnectionPlaceTest : public testing::Test {
protected:
    ConnectionPlaceTest() {
        server->on_vacancy = [this] { ++vacancies; };
    }

    Router router{{}, nullptr};
    std::shared_ptr<ServerContext> server =
        std::make_shared<ServerContext>(ServerConfig{.limits = {.connections = 2}}, router, nullptr);
    int vacancies = 0;
};

TEST_F(ConnectionPlaceTest, IsGivenBackOnceByWhoeverHoldsItLast) {
    {
        ConnectionPlace place(*server);
        EXPECT_EQ(server->connections, 1U);
        const ConnectionPlace moved = std::move(place);
        EXPECT_EQ(server->connections, 1U);
    }
    EXPECT_EQ(server->connections, 0U);
}

TEST_F(ConnectionPlaceTest, IsGivenBackByAHandlerThatIsNeverRun) {
    {
        asio::io_context loop;
        asio::post(loop, [place = ConnectionPlace(*server)] {});
    }
    EXPECT_EQ(server->connections, 0U);
}

TEST_F(ConnectionPlaceTest, OnlyAPlaceAmongTheLastIsAnnounced) {
    std::optional<ConnectionPlace> first(*server);
    std::optional<ConnectionPlace> second(*server);
    first.reset();
    EXPECT_EQ(vacancies, 1);
    second.reset();
    EXPECT_EQ(vacancies, 1);
}

}  // namespace
}  // namespace alma::http
