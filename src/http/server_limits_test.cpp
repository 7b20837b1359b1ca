// Every bound of Limits, made small, over a real socket; and the end of a server.
#include "support/running_server.hpp"
#include "support/sample_routes.hpp"
#include "support/wait_until.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace alma::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

using Clock = std::chrono::steady_clock;

ServerConfig with(Limits limits) {
    ServerConfig config;
    config.limits = limits;
    return config;
}
std::string get(std::string_view target) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", target);
}
std::string post_head(std::string_view target, std::size_t length) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", target, length);
}

/// Sends a piece every 20 ms for as long as it lives.
class Trickle {
public:
    Trickle(RawClient& client, std::string_view piece)
        : thread_([&client, piece](const std::stop_token& end) {
              while (!end.stop_requested() && client.send(piece))
                  std::this_thread::sleep_for(20ms);
          }) {}

private:
    std::jthread thread_;
};

TEST(ServerLimits, HeaderBytes) {
    RunningServer server(sample_routes(), with({.header_bytes = 300}));
    const std::string fits = "GET /hello HTTP/1.1\r\nHost: a\r\nX: " + std::string(200, 'x') + "\r\n\r\n";
    EXPECT_EQ(server.ask(fits).status, 200);
    const std::string large = "GET /hello HTTP/1.1\r\nHost: a\r\nX: " + std::string(300, 'x') + "\r\n\r\n";
    EXPECT_EQ(server.ask(large).status, 431);
}

TEST(ServerLimits, HeaderBytesByDefault) {
    RunningServer server(sample_routes());
    const auto with_fields = [](int count) {
        std::string request = "GET /hello HTTP/1.1\r\nHost: a\r\n";
        for (int i = 0; i < count; ++i)
            request += "X: " + std::string(4000, 'x') + "\r\n";
        return request + "\r\n";
    };
    EXPECT_EQ(server.ask(with_fields(4)).status, 200);
    EXPECT_EQ(server.ask(with_fields(5)).status, 431);
    EXPECT_EQ(server.ask("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n").status, 414);
}

TEST(ServerLimits, HeaderFields) {
    RunningServer server(sample_routes(), with({.header_fields = 3}));
    EXPECT_EQ(server.ask("GET /hello HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2\r\n\r\n").status, 200);
    EXPECT_EQ(server.ask("GET /hello HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2\r\nZ: 3\r\n\r\n").status, 431);
}

TEST(ServerLimits, TenThousandFieldsAreRefusedAtTheFirstTooMany) {
    RunningServer server(sample_routes());
    std::string flood = "GET /hello HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 10'000; ++i)
        flood += fmt::format("X-{}: y\r\n", i);
    EXPECT_EQ(server.ask(flood + "\r\n").status, 431);
}

TEST(ServerLimits, HeaderTime) {
    RunningServer server(sample_routes(), with({.header_time = 100ms}));
    RawClient client(server.port());
    client.send("GET /hello HTTP/1.1\r\n");
    const Trickle trickle(client, "X: y\r\n");  // does not prolong it
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408);
    EXPECT_EQ(answer->header("connection"), "close");
}

TEST(ServerLimits, IdleTimeEndsSilently) {
    RunningServer server(sample_routes(), with({.idle_time = 80ms}));
    RawClient fresh(server.port());
    EXPECT_TRUE(fresh.is_closed_within(2s));
    RawClient used(server.port());
    EXPECT_EQ(used.ask(get("/hello"))->status, 200);
    EXPECT_TRUE(used.is_closed_within(2s));
}

TEST(ServerLimits, BodyRate) {
    RunningServer server(sample_routes(), with({.body_grace = 100ms, .body_bytes_per_second = 100'000}));
    RawClient slow(server.port());
    slow.send(post_head("/echo", 100'000) + "x");
    const auto begin = Clock::now();
    const auto answer = slow.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408);
    EXPECT_LT(Clock::now() - begin, 2s);
    RawClient fast(server.port());
    EXPECT_EQ(fast.ask(post_head("/echo", 100'000) + std::string(100'000, 'x'))->status, 200);
}

TEST(ServerLimits, BodyTimeIsNotProlongedByATrickle) {
    RunningServer server(sample_routes(), with({.body_bytes_per_second = 1, .body_time = 150ms}));
    RawClient client(server.port());
    client.send(post_head("/echo", 1000));
    const Trickle trickle(client, "x");
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408);
}

TEST(ServerLimits, ASlowReaderIsCutOff) {
    RunningServer server(sample_routes(),
                         with({.body_grace = 100ms, .body_bytes_per_second = 1'000'000'000}));
    RawClient client(server.port(), 4096);
    client.send(get("/large"));
    EXPECT_TRUE(wait_until([&] { return server.server().connections() == 1; }));
    EXPECT_TRUE(wait_until([&] { return server.server().connections() == 0; }, 5s));
    EXPECT_LT(client.receive_rest().size(), large_size);
}

TEST(ServerLimits, AnAnswerMayTakeAsLongAsItsReaderKeepsTheRate) {
    const Limits limits{.body_bytes_per_second = 1'000'000, .body_time = 200ms};
    for (const char* target : {"/large", "/large-source"}) {
        RunningServer server(sample_routes(), with(limits));
        RawClient client(server.port(), 4096);
        const auto begin = Clock::now();
        client.send(get(target));
        std::this_thread::sleep_for(600ms);
        const auto answer = client.receive();
        ASSERT_TRUE(answer) << target;
        EXPECT_EQ(answer->body.size(), large_size) << target;
        EXPECT_GT(Clock::now() - begin, 600ms);
    }
}

TEST(ServerLimits, AReaderThatTakesNothingIsCutOffWhateverItHasTaken) {
    RunningServer server(sample_routes(), with({.body_bytes_per_second = 1, .stall_time = 150ms}));
    RawClient client(server.port(), 4096);
    client.send(get("/large"));
    EXPECT_TRUE(wait_until([&] { return server.server().connections() == 1; }));
    EXPECT_TRUE(wait_until([&] { return server.server().connections() == 0; }, 5s));
    EXPECT_LT(client.receive_rest().size(), large_size);
}

TEST(ServerLimits, AnAnswerThatHasBegunWaitsForASourceThatIsBusyButNotForEver) {
    RunningServer server(sample_routes(), with({.busy_source_time = 300ms}));
    EXPECT_EQ(server.ask(get("/busy")).body, "onetwo");
    RawClient client(server.port());
    const auto begin = Clock::now();
    client.send(get("/busy?always"));
    EXPECT_FALSE(client.receive()) << "a part must not pass for the whole";
    EXPECT_GT(Clock::now() - begin, 100ms);
    EXPECT_LT(Clock::now() - begin, 3s);
}

TEST(ServerLimits, BodyOfARoute) {
    RunningServer server(sample_routes());
    EXPECT_EQ(server.ask(post_head("/small", 10) + "0123456789").body, "0123456789");
    // By Content-Length it is refused before it is there, in the route's own words.
    const RawAnswer refused = server.ask(post_head("/small", 11));
    EXPECT_EQ(refused.status, 413);
    EXPECT_EQ(refused.body, R"({"detail":"Small only"})");
    const RawAnswer chunked = server.ask(
        "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
        "chunked\r\n\r\n6\r\n012345\r\n6\r\n012345\r\n0\r\n\r\n");
    EXPECT_EQ(chunked.status, 413);
    EXPECT_EQ(chunked.header("connection"), "close");
    EXPECT_EQ(server.ask(post_head("/echo", 4 * MiB + 1)).body, R"({"detail":"Request body too large"})");
}

TEST(ServerLimits, ALargeBodyThatNobodyWantsIsDroppedSoThatTheAnswerArrives) {
    RunningServer server(sample_routes());
    for (const char* target : {"/small", "/nothing", "/guarded", "/hello", "/ignore"}) {
        RawClient client(server.port());
        EXPECT_TRUE(client.send(post_head(target, 20 * MiB) + std::string(20 * MiB, 'x'))) << target;
        const auto answer = client.receive();
        ASSERT_TRUE(answer) << target;
        EXPECT_EQ(answer->header("connection"), "close") << target;
        EXPECT_TRUE(client.is_closed_within(2s));
    }
}

TEST(ServerLimits, ASmallBodyThatNobodyWantsIsSkipped) {
    RunningServer server(sample_routes(), with({.skipped_body_bytes = 100}));
    RawClient client(server.port());
    EXPECT_EQ(client.ask(post_head("/nothing", 100) + std::string(100, 'x'))->status, 404);
    EXPECT_EQ(client.ask(get("/hello"))->status, 200);
    EXPECT_EQ(client.ask(post_head("/nothing", 101) + std::string(101, 'x'))->header("connection"), "close");
}

TEST(ServerLimits, LingeringIsBounded) {
    RunningServer by_time(sample_routes(), with({.linger_time = 80ms}));
    RawClient patient(by_time.port());
    patient.send("garbage\r\n\r\n");
    EXPECT_EQ(patient.receive()->status, 400);
    const auto begin = Clock::now();
    while (by_time.server().connections() > 0 && Clock::now() - begin < 5s)
        std::this_thread::sleep_for(5ms);
    EXPECT_EQ(by_time.server().connections(), 0u);

    RunningServer by_bytes(sample_routes(), with({.linger_bytes = 1000}));
    RawClient generous(by_bytes.port());
    generous.send("garbage\r\n\r\n");
    EXPECT_EQ(generous.receive()->status, 400);
    EXPECT_FALSE(generous.send(std::string(64 * MiB, 'x')));
}

TEST(ServerLimits, OneConnectionMoreWaitsForAVacancy) {
    RunningServer server(sample_routes(), with({.connections = 2}));
    auto first = std::make_unique<RawClient>(server.port());
    RawClient second(server.port());
    EXPECT_EQ(first->ask(get("/hello"))->status, 200);
    EXPECT_EQ(second.ask(get("/hello"))->status, 200);
    RawClient third(server.port());
    third.send(get("/hello"));
    EXPECT_FALSE(third.is_closed_within(100ms));
    EXPECT_EQ(server.server().connections(), 2u);
    first.reset();
    EXPECT_EQ(third.receive()->status, 200);
}

TEST(ServerLimits, FieldsOfAForm) {
    RunningServer server(sample_routes());
    std::string flood;
    for (int i = 0; i < 10'000; ++i)
        flood += "b=1&";
    const RawAnswer answer =
        server.ask(fmt::format("POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: "
                               "application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}",
                               flood.size(), flood));
    EXPECT_EQ(answer.status, 400);
}

TEST(ServerStop, FinishesRequestsInFlightAndEndsIdleConnections) {
    RunningServer server(sample_routes());
    RawClient idle(server.port());
    EXPECT_EQ(idle.ask(get("/hello"))->status, 200);
    RawClient busy(server.port());
    busy.send(get("/slow"));
    std::this_thread::sleep_for(50ms);
    auto stopped = std::async(std::launch::async, [&] { server.stop(); });
    EXPECT_TRUE(idle.is_closed_within(700ms));
    const auto answer = busy.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "slow");
    EXPECT_EQ(answer->header("connection"), "close");
    stopped.get();
    EXPECT_EQ(server.server().connections(), 0u);
    EXPECT_THROW(RawClient(server.port()), std::runtime_error);
}

TEST(ServerStop, AnswersRequestsThatAreOnTheirWay) {
    RunningServer server(sample_routes());
    RawClient fresh(server.port());
    RawClient used(server.port());
    EXPECT_EQ(used.ask(get("/hello"))->status, 200);
    auto stopped = std::async(std::launch::async, [&] { server.stop(); });
    std::this_thread::sleep_for(50ms);
    for (RawClient* client : {&fresh, &used}) {
        const auto answer = client->ask(get("/hello"));
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(answer->header("connection"), "close");
        EXPECT_TRUE(client->is_closed_within(100ms));
    }
    stopped.get();
}

TEST(ServerStop, AnswersConnectionsThatWaitToBeAccepted) {
    RunningServer server(sample_routes(), with({.connections = 1}));
    RawClient busy(server.port());
    busy.send(get("/slow"));
    std::this_thread::sleep_for(50ms);
    RawClient waiting(server.port());
    waiting.send(get("/hello"));
    auto stopped = std::async(std::launch::async, [&] { server.stop(); });
    EXPECT_EQ(busy.receive().value_or(RawAnswer{}).status, 200);
    EXPECT_EQ(waiting.receive().value_or(RawAnswer{}).status, 200);
    stopped.get();
}

TEST(ServerStop, BeginsNoHandshakes) {
    RunningServer server(sample_routes(), with({.handshake_time = 500ms}));
    auto stopped = std::async(std::launch::async, [&] { server.stop(); });
    std::this_thread::sleep_for(100ms);
    // Not taken while others are finished, and refused when the kernel asks again.
    EXPECT_THROW(RawClient(server.port()), std::runtime_error);
    stopped.get();
}

TEST(ServerStop, TakesAnUploadThatHasBegun) {
    RunningServer server(sample_routes());
    RawClient client(server.port());
    client.send(post_head("/echo", 10) + "01234");
    std::this_thread::sleep_for(50ms);
    auto stopped = std::async(std::launch::async, [&] { server.stop(); });
    std::this_thread::sleep_for(50ms);
    client.send("56789");
    EXPECT_EQ(client.receive()->body, "0123456789");
    stopped.get();
}

TEST(ServerStop, CutsOffWhatDoesNotEnd) {
    RunningServer server(sample_routes(), with({.drain_time = 100ms}));
    RawClient client(server.port());
    client.send(get("/never"));
    std::this_thread::sleep_for(50ms);
    testing::internal::CaptureStdout();
    const auto begin = Clock::now();
    server.stop();
    EXPECT_LT(Clock::now() - begin, 900ms);
    EXPECT_EQ(server.server().connections(), 0u);
    EXPECT_EQ(testing::internal::GetCapturedStdout().find("error"), std::string::npos);
}

TEST(ServerStop, MayBeForgotten) {
    asio::io_context loop;
    const Router router(sample_routes(), nullptr);
    auto server = std::make_unique<Server>(ServerConfig{.port = 0}, router, std::vector{&loop}, nullptr);
    server->start();
    loop.poll();
    server.reset();
    loop.run_for(2s);
    EXPECT_TRUE(loop.stopped());
}

}  // namespace
}  // namespace alma::http
