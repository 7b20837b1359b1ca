#include "app/control.hpp"

#include "base/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <future>
#include <thread>

namespace alma::app {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

awaitable<Outcome> echo(Command command) {
    Outcome outcome;
    if (command.name == "fail") outcome.error = "no such user";
    outcome.users.push_back({.id = 7,
                             .email = command.email,
                             .role = http::Role::admin,
                             .is_active = true,
                             .created_at = Instant(1s),
                             .updated_at = Instant(2s)});
    co_return outcome;
}

class ControlTest : public ::testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directories(directory); }
    void TearDown() override {
        stop();
        std::filesystem::remove_all(root);
    }

    void stop() {
        if (!thread.joinable()) return;
        asio::co_spawn(loop, server->stop(), [](const std::exception_ptr&) {});
        work.reset();
        thread.join();
    }

    void listen(ControlLimits limits = {}, ControlServer::Handler handler = echo) {
        server.emplace(loop, directory, std::move(handler), limits);
        server->start();
        thread = std::thread([this] { loop.run(); });
    }

    [[nodiscard]] int connected_socket() const {
        const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, (directory / "control.sock").c_str(), sizeof address.sun_path - 1);
        EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        return socket;
    }

    /// What the server answers to raw bytes.
    [[nodiscard]] std::string answer_to(const std::string& bytes, bool end_stream = true) const {
        const int socket = connected_socket();
        [[maybe_unused]] const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (end_stream) ::shutdown(socket, SHUT_WR);
        std::string answer(1024, '\0');
        const ssize_t got = ::recv(socket, answer.data(), answer.size(), MSG_WAITALL);
        answer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        ::close(socket);
        return answer;
    }

    const std::filesystem::path root =
        std::filesystem::temp_directory_path() / fmt::format("control-test-{}", ::getpid());
    std::filesystem::path directory = root;
    asio::io_context loop;
    asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(loop);
    std::optional<ControlServer> server;
    std::thread thread;
};

TEST_F(ControlTest, CommandsAndOutcomesArriveWhole) {
    listen();
    const auto outcome =
        ask_server(directory, {.name = "user create", .email = "a@b.c\"\n", .password = "päss", .role = ""});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->error, "");
    ASSERT_EQ(outcome->users.size(), 1U);
    EXPECT_EQ(outcome->users[0].email, "a@b.c\"\n");
    EXPECT_EQ(outcome->users[0].role, http::Role::admin);
    EXPECT_EQ(outcome->users[0].created_at, Instant(1s));
}

TEST_F(ControlTest, RefusalsTravelAsText) {
    listen();
    EXPECT_EQ(ask_server(directory, {.name = "fail", .email = "", .password = "", .role = ""})->error,
              "no such user");
}

TEST_F(ControlTest, WithoutAServerThereIsNoOutcome) {
    EXPECT_FALSE(ask_server(directory, {}));
    EXPECT_FALSE(ask_server(directory / "nowhere", {}));
}

TEST_F(ControlTest, ASocketThatAKilledServerLeftIsNoServerAndIsReplaced) {
    {
        const ControlServer killed(loop, directory, echo);
    }
    EXPECT_TRUE(std::filesystem::exists(directory / "control.sock"));
    EXPECT_FALSE(ask_server(directory, {}));
    listen();
    EXPECT_TRUE(ask_server(directory, {}));
}

TEST_F(ControlTest, AServerThatStopsTakesItsSocketAway) {
    listen();
    stop();
    EXPECT_FALSE(std::filesystem::exists(directory / "control.sock"));
    EXPECT_FALSE(ask_server(directory, {}));
}

TEST_F(ControlTest, TheSocketIsItsOwnersAlone) {
    listen();
    struct stat status{};
    ASSERT_EQ(::stat((directory / "control.sock").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(ControlTest, ADirectoryDeeperThanASocketNameMayBeLongWorks) {
    directory = root / std::string(100, 'd') / std::string(100, 'e');
    std::filesystem::create_directories(directory);
    listen();
    EXPECT_TRUE(ask_server(directory, {}));
    EXPECT_TRUE(std::filesystem::exists(directory / "control.sock"));
}

TEST_F(ControlTest, ALongCommandIsRefused) {
    listen({.command_bytes = 100});
    EXPECT_THAT(answer_to(std::string(101, ' ')), HasSubstr("too long"));
    EXPECT_THAT(answer_to("{\"name\":\"" + std::string(89, 'x') + "\"}"), HasSubstr("\"error\":\"\""));
}

TEST_F(ControlTest, WhatIsNoCommandIsRefused) {
    listen();
    EXPECT_THAT(answer_to("[1]"), HasSubstr("no JSON object"));
    EXPECT_THAT(answer_to(R"({"name":1})"), HasSubstr("name is no text"));
}

TEST_F(ControlTest, AClientThatNeverFinishesIsLeft) {
    listen({.command_time = 50ms});
    EXPECT_EQ(answer_to("{", false), "");
}

TEST_F(ControlTest, MoreClientsThanConnectionsAreAllServed) {
    listen({.connections = 2});
    std::vector<std::jthread> clients;
    std::atomic<int> served = 0;
    for (int i = 0; i < 8; ++i)
        clients.emplace_back([&] { served += ask_server(directory, {}) ? 1 : 0; });
    clients.clear();
    EXPECT_EQ(served, 8);
}

TEST_F(ControlTest, ACommandThatHangsHoldsUpTheStopForABoundedTime) {
    asio::steady_timer released(loop, 1h);
    std::promise<void> is_in_work;
    listen({.stop_time = 50ms}, [&](const Command&) -> awaitable<Outcome> {
        is_in_work.set_value();
        boost::system::error_code ignored;
        co_await released.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        co_return Outcome{};
    });
    std::jthread client([&] { ask_server(directory, {}); });
    is_in_work.get_future().wait();
    std::promise<void> is_stopped;
    asio::co_spawn(loop, server->stop(), [&](const std::exception_ptr&) { is_stopped.set_value(); });
    EXPECT_EQ(is_stopped.get_future().wait_for(5s), std::future_status::ready);
    asio::post(loop, [&] { released.cancel(); });
}

TEST(Commands, AnOutcomeThatIsNoneIsRefused) {
    EXPECT_THROW(parse_outcome("null"), Error);
    EXPECT_THROW(parse_outcome(R"({"error":"","users":[{"id":"x"}]})"), Error);
}

}  // namespace
}  // namespace alma::app
