#include "http/forwarded.hpp"

#include <gtest/gtest.h>

namespace alma::http {
namespace {

using asio::ip::make_address;

const TrustedProxies proxies{
    .v4 = {asio::ip::make_network_v4("10.0.0.0/8"), asio::ip::make_network_v4("127.0.0.1/32")},
    .v6 = {asio::ip::make_network_v6("fd00::/8")}};

Origin origin(std::vector<Header> headers, std::string_view peer = "10.0.0.1") {
    return origin_of(make_address(peer), "leads.example", headers, proxies);
}
std::string client(std::vector<Header> headers, std::string_view peer = "10.0.0.1") {
    return origin(std::move(headers), peer).client.to_string();
}

TEST(Forwarded, KnowsItsProxies) {
    EXPECT_TRUE(proxies.contains(make_address("10.255.0.1")));
    EXPECT_TRUE(proxies.contains(make_address("::ffff:10.0.0.1")));
    EXPECT_TRUE(proxies.contains(make_address("fd12::1")));
    EXPECT_FALSE(proxies.contains(make_address("11.0.0.1")));
    EXPECT_FALSE(proxies.contains(make_address("2001:db8::1")));
}

TEST(Forwarded, BelievesNobodyElse) {
    EXPECT_EQ(client({{"X-Forwarded-For", "1.2.3.4"}}, "203.0.113.9"), "203.0.113.9");
    EXPECT_EQ(client({{"Forwarded", "for=1.2.3.4"}}, "203.0.113.9"), "203.0.113.9");
    EXPECT_EQ(origin({{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "evil"}}, "203.0.113.9").scheme,
              "http");
}

TEST(Forwarded, TakesTheRightmostAddressThatIsNoProxy) {
    EXPECT_EQ(client({{"X-Forwarded-For", "6.6.6.6, 203.0.113.7, 10.0.0.2"}}), "203.0.113.7");
    EXPECT_EQ(client({{"x-forwarded-for", "6.6.6.6"}, {"X-Forwarded-For", "203.0.113.7"}}), "203.0.113.7");
    EXPECT_EQ(client({{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}), "10.0.0.3");
    EXPECT_EQ(client({{"Forwarded", "for=6.6.6.6, For=\"[2001:db8::7]:4711\";proto=https, for=10.0.0.2"}}),
              "2001:db8::7");
    EXPECT_EQ(client({{"X-Forwarded-For", "::ffff:203.0.113.7"}}), "203.0.113.7");
    EXPECT_EQ(client({{"X-Forwarded-For", "203.0.113.7:55555"}}), "203.0.113.7");
    EXPECT_EQ(client({}, "::ffff:203.0.113.7"), "203.0.113.7");
}

TEST(Forwarded, StopsAtWhatItCannotRead) {
    for (const std::string_view hidden :
         {"unknown", "_gazonk", "1.2.3", "1.2.3.4:x", "[::1", "fe80::1%eth0", "\"", "0x7f.1"})
        EXPECT_EQ(client({{"X-Forwarded-For", std::string("6.6.6.6, ").append(hidden)}}), "10.0.0.1")
            << hidden;
    EXPECT_EQ(client({{"Forwarded", "for=6.6.6.6, for=unknown"}}), "10.0.0.1");
    EXPECT_EQ(client({{"Forwarded", "for=6.6.6.6, ;;="}}), "10.0.0.1");
}

TEST(Forwarded, BelievesNeitherOfTwoThatDisagree) {
    EXPECT_EQ(client({{"X-Forwarded-For", "6.6.6.6"}, {"Forwarded", "for=203.0.113.7"}}), "10.0.0.1");
    EXPECT_EQ(client({{"X-Forwarded-For", "203.0.113.7"}, {"Forwarded", "for=203.0.113.7"}}), "203.0.113.7");
}

TEST(Forwarded, TakesSchemeAndHostFromTheNearestProxy) {
    const Origin by_x = origin({{"X-Forwarded-For", "203.0.113.7"},
                                {"X-Forwarded-Proto", "https"},
                                {"X-Forwarded-Host", "evil.example, www.example:8443"}});
    EXPECT_EQ(by_x.scheme, "https");
    EXPECT_EQ(by_x.host, "www.example:8443");
    const Origin standard = origin({{"Forwarded", "for=203.0.113.7;host=\"www.example\";proto=HTTPS"}});
    EXPECT_EQ(standard.scheme, "https");
    EXPECT_EQ(standard.host, "www.example");
    const Origin broken = origin({{"X-Forwarded-Proto", "javascript"}, {"X-Forwarded-Host", "a/b"}});
    EXPECT_EQ(broken.scheme, "http");
    EXPECT_EQ(broken.host, "leads.example");
}

TEST(Host, FollowsItsGrammar) {
    for (const char* good : {"a", "localhost:8000", "leads.example.com", "127.0.0.1:1", "[::1]",
                             "[2001:db8::1]:443", "my_service"})
        EXPECT_TRUE(is_host(good)) << good;
    for (const char* bad : {"", ":80", "a:", "a:b", "a b", "user@a", "a/b", "[::1", "[]", "[::1]x",
                            "[::1%25eth0]", "a,b", "a:1:2", "\xc3\xa4", "a:123456", "a?b", "a#b", "%41"})
        EXPECT_FALSE(is_host(bad)) << bad;
    EXPECT_FALSE(is_host(std::string(256, 'a')));
}

}  // namespace
}  // namespace alma::http
