#include "http/head.hpp"

#include "support/malformed_requests.hpp"

#include <gtest/gtest.h>

namespace alma::http {
namespace {

const Limits limits;

/// The status of the refusal, or 200, or 0 when the head is not complete.
int judge(std::string_view bytes, Head& head, std::size_t piece = 1 << 20) {
    HeadScanner scanner(limits);
    for (std::size_t length = std::min(piece, bytes.size());;
         length = std::min(length + piece, bytes.size())) {
        const auto size = scanner.scan(bytes.substr(0, length));
        if (!size) return static_cast<int>(size.error().status);
        if (*size > 0) {
            const auto refusal = read_head(bytes.substr(0, *size), limits, head);
            return refusal ? static_cast<int>(refusal->status) : 200;
        }
        if (length == bytes.size()) return 0;
    }
}
int judge(std::string_view bytes, std::size_t piece = 1 << 20) {
    Head head;
    return judge(bytes, head, piece);
}

TEST(Head, ReadsARequest) {
    const std::string bytes =
        "POST /leads/?a=b&c HTTP/1.1\r\nHost: Leads.example:8000\r\nContent-Length: 12\r\nX-Empty:\r\n"
        "expect: 100-Continue\r\nX-Tab: \t a\tb \t\r\nX-Latin: caf\xe9\r\n\r\n";
    for (std::size_t piece = 1; piece <= bytes.size(); piece += 7) {
        Head head;
        ASSERT_EQ(judge(bytes, head, piece), 200);
        EXPECT_EQ(head.method, "POST");
        EXPECT_EQ(head.target, "/leads/?a=b&c");
        EXPECT_EQ(head.path, "/leads/");
        EXPECT_EQ(head.query, "a=b&c");
        EXPECT_EQ(head.host, "Leads.example:8000");
        EXPECT_EQ(head.content_length, 12u);
        EXPECT_TRUE(head.has_body());
        EXPECT_TRUE(head.expects_continue);
        EXPECT_TRUE(head.keeps_alive);
        ASSERT_EQ(head.headers.size(), 6u);
        EXPECT_EQ(head.headers[2].value, "");
        EXPECT_EQ(head.headers[4].value, "a\tb");
    }
}

TEST(Head, TakesTheAbsoluteFormForTheSameHost) {
    Head head;
    EXPECT_EQ(judge("GET http://A.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n", head), 200);
    EXPECT_EQ(head.path, "/x");
    EXPECT_EQ(head.query, "y");
    EXPECT_EQ(judge("GET http://a.example?y HTTP/1.1\r\nHost: a.example\r\n\r\n", head), 200);
    EXPECT_EQ(head.path, "/");
    EXPECT_EQ(head.query, "y");
}

TEST(Head, KnowsWhenTheConnectionGoesOn) {
    Head head;
    EXPECT_EQ(judge("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, Close\r\n\r\n", head), 200);
    EXPECT_FALSE(head.keeps_alive);
    EXPECT_EQ(judge("GET / HTTP/1.0\r\n\r\n", head), 200);
    EXPECT_FALSE(head.keeps_alive);
    EXPECT_EQ(judge("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", head), 200);
    EXPECT_TRUE(head.keeps_alive);
}

TEST(Head, RefusesWhatReadersDisagreeOn) {
    for (const MalformedRequest& malformed : malformed_requests()) {
        // What is wrong with the body is not the head's business.
        if (malformed.is_in_body) continue;
        const int status = judge(malformed.bytes);
        EXPECT_EQ(status, malformed.status) << malformed.name;
        EXPECT_EQ(judge(malformed.bytes, 1), status) << malformed.name;
    }
}

TEST(Head, BoundsLinesFieldsAndBytes) {
    const auto with_fields = [](int count) {
        std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
        for (int i = 1; i < count; ++i)
            bytes += "X: y\r\n";
        return bytes + "\r\n";
    };
    EXPECT_EQ(judge(with_fields(100)), 200);
    EXPECT_EQ(judge(with_fields(101)), 431);
    EXPECT_EQ(judge(with_fields(10'000)), 431);
    const auto with_value = [](std::size_t size) {
        return "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(size, 'x') + "\r\n\r\n";
    };
    EXPECT_EQ(judge(with_value(8000)), 200);
    EXPECT_EQ(judge(with_value(8200)), 431);
    const auto with_target = [](std::size_t size) {
        return "GET /" + std::string(size, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
    };
    EXPECT_EQ(judge(with_target(8000)), 200);
    EXPECT_EQ(judge(with_target(8200)), 414);
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 3; ++i)
        bytes += "X: " + std::string(6000, 'x') + "\r\n";
    EXPECT_EQ(judge(bytes + "\r\n"), 431);
    EXPECT_EQ(judge(bytes, 100), 431);
}

TEST(Head, RefusesAtTheEarliestByte) {
    EXPECT_EQ(judge("\x16\x03\x01"), 400);
    EXPECT_EQ(judge("GET / HTTP/1.1\n"), 400);
    EXPECT_EQ(judge("GET / HTTP/1.1\rX"), 400);
    EXPECT_EQ(judge(std::string(8193, 'x')), 414);
    EXPECT_EQ(judge("GET / HTTP/1.1\r\n" + std::string(8193, 'x')), 431);
    EXPECT_EQ(judge("GET / HTTP/1.1\r\nHost: a\r\n"), 0);
}

}  // namespace
}  // namespace alma::http
