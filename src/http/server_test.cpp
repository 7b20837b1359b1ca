// A real server on a real socket: what a client sees of one connection.
#include "http/server.hpp"

#include "base/error.hpp"
#include "support/malformed_requests.hpp"
#include "support/running_server.hpp"
#include "support/sample_routes.hpp"
#include "support/wait_until.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace alma::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

std::string get(std::string_view target, std::string_view lines = "") {
    return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n{}\r\n", target, lines);
}
std::string post(std::string_view target, std::string_view body, std::string_view lines = "") {
    return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n{}\r\n{}", target, body.size(),
                       lines, body);
}
std::string chunked_post(std::string_view target, std::string_view chunks) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{}", target, chunks);
}

class ServerTest : public testing::Test {
protected:
    RunningServer server{sample_routes()};
};

TEST_F(ServerTest, AnswersWithEveryHeaderThatBelongsThere) {
    const RawAnswer answer = server.ask(get("/hello"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("content-length"), "5");
    EXPECT_EQ(answer.header("content-type"), "text/plain; charset=utf-8");
    EXPECT_THAT(answer.header("date"),
                MatchesRegex("[A-Z][a-z][a-z], [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT"));
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.header("referrer-policy"), "no-referrer");
    EXPECT_EQ(answer.header("x-frame-options"), "DENY");
    EXPECT_EQ(answer.header("cross-origin-resource-policy"), "same-origin");
    EXPECT_EQ(answer.header("cache-control"), "no-store");
    EXPECT_EQ(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    EXPECT_NE(answer.header("x-request-id"), "");
    EXPECT_EQ(answer.headers.count("server"), 0u);
    EXPECT_EQ(answer.headers.count("connection"), 0u);
}

TEST_F(ServerTest, LeavesTheHandlersOwnHeadersAlone) {
    const RawAnswer answer = server.ask(get("/own-headers"));
    EXPECT_EQ(answer.headers.count("cache-control"), 1u);
    EXPECT_EQ(answer.header("cache-control"), "max-age=60");
    EXPECT_EQ(answer.headers.count("content-security-policy"), 1u);
    EXPECT_EQ(answer.header("content-security-policy"), "default-src 'self'");
    EXPECT_EQ(answer.headers.count("x-frame-options"), 0u) << "it was set to nothing";
}

TEST_F(ServerTest, KeepsTheConnectionForTheNextRequest) {
    RawClient client(server.port());
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(client.ask(get("/hello"))->body, "hello");
        EXPECT_EQ(client.ask(post("/echo", "body"))->body, "body");
    }
    EXPECT_EQ(server.server().connections(), 1u);
}

TEST_F(ServerTest, ALiveAnswerEndsWhenItsClientGoes) {
    {
        RawClient client(server.port());
        client.send(get("/live"));
        EXPECT_FALSE(client.is_closed_within(100ms)) << "it waits for what comes next";
        EXPECT_EQ(server.server().connections(), 1u);
    }
    EXPECT_TRUE(wait_until([&] { return server.server().connections() == 0; }));
    EXPECT_TRUE(wait_until([&] { return server.exchanges().size() == 1; }));
    EXPECT_EQ(server.exchanges()[0].status, 200u);
}

TEST_F(ServerTest, ALiveAnswerGoesOnWhenItsClientSendsTheNextRequest) {
    RawClient client(server.port());
    client.send(get("/live?ends"));
    std::this_thread::sleep_for(20ms);
    client.send(get("/hello"));
    EXPECT_EQ(client.receive()->body, "onetwo");
    EXPECT_EQ(client.receive()->body, "hello");
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    RawClient client(server.port());
    client.send(get("/slow") + post("/echo", "first") + chunked_post("/echo", "6\r\nsecond\r\n0\r\n\r\n") +
                "\r\n" + get("/nothing") + post("/ignore", "skipped") +
                get("/hello", "Connection: close\r\n"));
    EXPECT_EQ(client.receive()->body, "slow");
    EXPECT_EQ(client.receive()->body, "first");
    EXPECT_EQ(client.receive()->body, "second");
    EXPECT_EQ(client.receive()->status, 404);
    EXPECT_EQ(client.receive()->body, "ignored");
    const auto last = client.receive();
    EXPECT_EQ(last->body, "hello");
    EXPECT_EQ(last->header("connection"), "close");
    EXPECT_TRUE(client.is_closed_within(2s));
}

TEST_F(ServerTest, ReadsManyPipelinedRequestsHoweverTheyAreCut) {
    std::string requests;
    for (int i = 0; i < 200; ++i)
        requests += post("/echo", std::to_string(i), "X: " + std::string(i, 'x') + "\r\n");
    RawClient client(server.port());
    for (std::size_t at = 0; at < requests.size(); at += 777)
        client.send(std::string_view(requests).substr(at, 777));
    for (int i = 0; i < 200; ++i) {
        const auto answer = client.receive();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->body, std::to_string(i));
    }
}

TEST_F(ServerTest, ReadsChunkedBodiesAndDropsTheirTrailers) {
    const RawAnswer answer = server.ask(
        chunked_post("/headers", "3;x=y\r\none\r\n3\r\ntwo\r\n0\r\nAuthorization: Bearer x\r\n\r\n"));
    EXPECT_EQ(answer.body, "onetwo Host Transfer-Encoding");
}

TEST_F(ServerTest, ReadsLargeBodies) {
    const std::string body(3 * MiB, 'b');
    EXPECT_EQ(server.ask(post("/echo", body)).body, body);
    RawClient client(server.port());
    std::string chunks;
    for (int i = 0; i < 300; ++i)
        chunks += "2710\r\n" + std::string(10'000, 'c') + "\r\n";
    EXPECT_EQ(client.ask(chunked_post("/echo", chunks + "0\r\n\r\n"))->body, std::string(3'000'000, 'c'));
    EXPECT_EQ(client.ask(get("/hello"))->body, "hello");
}

TEST_F(ServerTest, AnswersHeadLikeGetWithoutItsBody) {
    RawClient client(server.port());
    const auto head = client.ask("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(head->status, 200);
    EXPECT_EQ(head->header("content-length"), "5");
    const auto of_file = client.ask("HEAD /file HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(of_file->header("content-length"), "6");
    const auto of_stream = client.ask("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(of_stream->header("transfer-encoding"), "chunked");
    EXPECT_EQ(client.ask(get("/hello"))->body, "hello");
}

TEST_F(ServerTest, SaysWhatAPathAllows) {
    RawClient client(server.port());
    const auto options = client.ask("OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(options->status, 204);
    EXPECT_EQ(options->header("allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(options->headers.count("content-length"), 0u);
    EXPECT_EQ(client.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")->status, 204);
    const auto wrong = client.ask(post("/hello", "x"));
    EXPECT_EQ(wrong->status, 405);
    EXPECT_EQ(wrong->header("allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(wrong->body, R"({"detail":"Method Not Allowed"})");
    const auto unknown = client.ask("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(unknown->status, 405);
    EXPECT_EQ(client.ask("TRACE /nothing HTTP/1.1\r\nHost: a\r\n\r\n")->status, 404);
}

TEST_F(ServerTest, FindsNothingElse) {
    const RawAnswer answer = server.ask(get("/nothing?x"));
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.body, R"({"detail":"Not Found"})");
    EXPECT_EQ(server.ask(get("/../hello")).status, 404);
    EXPECT_EQ(server.ask(get("/hello/")).status, 200);
}

TEST_F(ServerTest, SendsContinueOnlyWhenTheBodyIsWanted) {
    RawClient client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.receive()->status, 100);
    client.send("body");
    EXPECT_EQ(client.receive()->body, "body");

    client.send("POST /guarded HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    const auto refused = client.receive();
    EXPECT_EQ(refused->status, 401);
    EXPECT_EQ(refused->header("connection"), "close");
    EXPECT_EQ(refused->header("www-authenticate"), "Bearer");
    EXPECT_EQ(refused->body, R"({"detail":"Could not validate credentials"})");
}

TEST_F(ServerTest, TakesABodyThatDidNotWaitForContinue) {
    RawClient client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody");
    EXPECT_EQ(client.receive()->body, "body");
}

TEST_F(ServerTest, StreamsSources) {
    RawClient client(server.port());
    const auto stream = client.ask(get("/stream"));
    EXPECT_EQ(stream->header("transfer-encoding"), "chunked");
    EXPECT_EQ(stream->body, "onetwothree");
    const auto file = client.ask(get("/file"));
    EXPECT_EQ(file->header("content-length"), "6");
    EXPECT_EQ(file->body, "onetwo");
    EXPECT_EQ(client.ask(get("/large"))->body.size(), large_size);
    EXPECT_EQ(client.ask(get("/empty"))->status, 204);
    EXPECT_EQ(client.ask(get("/hello"))->body, "hello");
}

TEST_F(ServerTest, CutsTheConnectionWhenASourceFails) {
    for (const char* target : {"/cut", "/cut?short"}) {
        RawClient client(server.port());
        EXPECT_FALSE(client.ask(get(target))) << target;
    }
    EXPECT_EQ(server.ask(get("/cut?at-once")).status, 500);
}

TEST_F(ServerTest, SpeaksHttp10) {
    RawClient client(server.port());
    const auto kept = client.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(kept->body, "hello");
    EXPECT_EQ(kept->header("connection"), "keep-alive");
    const auto stream = client.ask("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(stream->headers.count("transfer-encoding"), 0u);
    EXPECT_EQ(stream->header("connection"), "close");
    EXPECT_EQ(stream->body, "onetwothree");
    RawClient closing(server.port());
    EXPECT_EQ(closing.ask("GET /hello HTTP/1.0\r\n\r\n")->header("connection"), "close");
    EXPECT_TRUE(closing.is_closed_within(2s));
}

TEST_F(ServerTest, SaysNothingOfItsFailures) {
    RawClient client(server.port());
    const auto answer = client.ask(get("/fail"));
    EXPECT_EQ(answer->status, 500);
    EXPECT_EQ(answer->body, R"({"detail":"Internal Server Error"})");
    EXPECT_EQ(client.ask(get("/hello"))->body, "hello");
}

TEST_F(ServerTest, NeverSendsAHeaderThatBreaksTheLine) {
    const RawAnswer answer = server.ask(get("/fail?header"));
    EXPECT_EQ(answer.headers.count("y"), 0u);
    EXPECT_EQ(answer.status, 500);
}

TEST_F(ServerTest, TakesSaneRequestIdsAndMakesOthers) {
    EXPECT_EQ(server.ask(get("/hello", "X-Request-ID: a.B-9_\r\n")).header("x-request-id"), "a.B-9_");
    for (const std::string& bad :
         {std::string("a b"), std::string(65, 'a'), std::string("a;b"), std::string()}) {
        const std::string id =
            server.ask(get("/hello", "X-Request-ID: " + bad + "\r\n")).header("x-request-id");
        EXPECT_NE(id, bad);
        EXPECT_THAT(id, MatchesRegex("[0-9a-f]{16}-[0-9a-f]+"));
    }
    std::set<std::string> ids;
    for (int i = 0; i < 20; ++i)
        ids.insert(server.ask(get("/hello")).header("x-request-id"));
    EXPECT_EQ(ids.size(), 20u);
}

TEST_F(ServerTest, TellsWhoAskedAndWhereTo) {
    EXPECT_THAT(server.ask(get("/client", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n")).body,
                HasSubstr("127.0.0.1 http://a "));
}

TEST(ServerBehindProxy, BelievesItsProxies) {
    ServerConfig config;
    config.trusted_proxies.v4.push_back(asio::ip::make_network_v4("127.0.0.0/8"));
    RunningServer server(sample_routes(), config);
    EXPECT_THAT(server
                    .ask(get("/client",
                             "X-Forwarded-For: 6.6.6.6, 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
                             "X-Forwarded-Host: leads.example\r\n"))
                    .body,
                HasSubstr("203.0.113.7 https://leads.example "));
}

TEST(ServerWithPublicUrl, NamesNothingElse) {
    ServerConfig config;
    config.public_base_url = "https://leads.example";
    RunningServer server(sample_routes(), config);
    EXPECT_THAT(server.ask(get("/client")).body, HasSubstr(" https://leads.example "));
}

TEST_F(ServerTest, ReportsEveryExchangeWithoutTheQuery) {
    server.ask(get("/hello?secret=1", "X-Request-ID: mine\r\n"));
    server.ask(get("/nothing"));
    server.ask("garbage\r\n\r\n");
    server.stop();
    const std::vector<SeenExchange> exchanges = server.exchanges();
    ASSERT_EQ(exchanges.size(), 3u);
    EXPECT_EQ(exchanges[0].method, "GET");
    EXPECT_EQ(exchanges[0].path, "/hello");
    EXPECT_EQ(exchanges[0].request_id, "mine");
    EXPECT_EQ(exchanges[0].client, "127.0.0.1");
    EXPECT_EQ(exchanges[0].status, 200u);
    EXPECT_GT(exchanges[0].bytes_sent, 100u);
    EXPECT_TRUE(exchanges[0].has_route);
    EXPECT_EQ(exchanges[1].status, 404u);
    EXPECT_FALSE(exchanges[1].has_route);
    EXPECT_EQ(exchanges[2].status, 400u);
}

TEST_F(ServerTest, NeverAnswersTwiceToAMalformedRequest) {
    const std::vector<MalformedRequest> requests = malformed_requests();
    EXPECT_GE(requests.size(), 60u);
    for (const MalformedRequest& malformed : requests) {
        RawClient client(server.port());
        client.send(malformed.bytes);
        const auto answer = client.receive();
        ASSERT_TRUE(answer) << malformed.name;
        EXPECT_EQ(answer->status, malformed.status) << malformed.name;
        EXPECT_EQ(answer->header("connection"), "close") << malformed.name;
        client.finish_sending();
        EXPECT_EQ(client.receive_rest(), "") << malformed.name;
    }
}

TEST_F(ServerTest, DoesNotTakeABodyForARequest) {
    RawClient client(server.port());
    const std::string hidden = get("/smuggled");
    EXPECT_EQ(client.ask(post("/echo", hidden))->body, hidden);
    EXPECT_EQ(client.ask(post("/ignore", hidden))->body, "ignored");
    EXPECT_EQ(client.ask(post("/nothing", hidden))->status, 404);
    EXPECT_EQ(client.ask(post("/hello", hidden))->status, 405);
    // RFC 9110 section 9.3.1: the body of a GET means nothing, but it is there.
    EXPECT_EQ(client
                  .ask(fmt::format("GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}",
                                   hidden.size(), hidden))
                  ->body,
              "hello");
    EXPECT_EQ(client.ask(get("/hello"))->body, "hello");
}

TEST_F(ServerTest, SurvivesClientsThatLeave) {
    for (const std::string& bytes :
         {std::string(), std::string("GET /he"), post("/echo", "body").substr(0, 60),
          std::string("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf"), get("/large"),
          get("/slow")}) {
        RawClient client(server.port());
        client.send(bytes);
    }
    EXPECT_EQ(server.ask(get("/hello")).body, "hello");
}

TEST(ServerOnThreads, SpreadsItsConnections) {
    RunningServer server(sample_routes(), {}, 3);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 30; ++i) {
        clients.push_back(std::make_unique<RawClient>(server.port()));
        EXPECT_EQ(clients.back()->ask(get("/hello"))->body, "hello");
    }
    EXPECT_EQ(server.server().connections(), 30u);
}

TEST(ServerAddress, SaysWhoseItIsAndWhatToDo) {
    const RunningServer first(sample_routes());
    asio::io_context loop;
    const Router router({}, nullptr);
    const auto refusal = [&](ServerConfig config) -> std::string {
        try {
            const Server second(std::move(config), router, {&loop}, nullptr);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::invalid);
            return error.detail();
        }
        return "";
    };
    ServerConfig taken;
    taken.port = first.port();
    EXPECT_EQ(refusal(taken),
              fmt::format("port {} on 127.0.0.1 is in use: stop the program that uses it, or set PORT to "
                          "another one",
                          first.port()));
    ServerConfig foreign;
    foreign.host = "192.0.2.1";
    foreign.port = 0;
    EXPECT_THAT(refusal(foreign), HasSubstr("192.0.2.1 is no address of this machine"));
    ServerConfig nameless;
    nameless.host = "no such host";
    EXPECT_THAT(refusal(nameless), HasSubstr("no such host is no address or known name"));
}

}  // namespace
}  // namespace alma::http
