#include "base/error.hpp"
#include "limits/keyed_hash.hpp"
#include "limits/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace alma::limits {
namespace {

using namespace std::chrono_literals;

std::string source(const char* address, std::string_view secret = "secret") {
    return source_of(boost::asio::ip::make_address(address), secret);
}

TEST(Rate, IsReadInEachUnit) {
    EXPECT_EQ(parse_rate("5/minute")->count, 5u);
    EXPECT_EQ(parse_rate("5/minute")->window, 60s);
    EXPECT_EQ(parse_rate("1/second")->window, 1s);
    EXPECT_EQ(parse_rate("10000/hour")->count, 10'000u);
    EXPECT_EQ(parse_rate("10000/hour")->window, 3600s);
    EXPECT_FALSE(parse_rate("off"));
}

TEST(Rate, ThatIsNoneIsRefusedSayingWhatWouldBeValid) {
    for (const char* text : {"", "5", "5/", "/minute", "0/minute", "10001/minute", "-1/minute", "+5/minute",
                             "5/day", "5/minutes", "5 /minute", " 5/minute", "5/minute ", "5.5/minute",
                             "99999999999999999999/hour", "OFF"}) {
        try {
            (void)parse_rate(text);
            ADD_FAILURE() << text;
        } catch (const Error& refusal) {
            EXPECT_EQ(refusal.kind(), ErrorKind::invalid);
            EXPECT_NE(refusal.detail().find("N/minute"), std::string::npos);
        }
    }
}

TEST(Source, IsOneForEachIpv4Address) {
    EXPECT_EQ(source("192.0.2.1"), source("192.0.2.1"));
    EXPECT_NE(source("192.0.2.1"), source("192.0.2.2"));
    EXPECT_EQ(source("::ffff:192.0.2.1"), source("192.0.2.1"));
}

TEST(Source, IsOneForEachIpv6NetworkOf64Bits) {
    EXPECT_EQ(source("2001:db8:1:2::1"), source("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    EXPECT_NE(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
    // The bytes of the address 32.1.13.184 are the first ones of 2001:db8::.
    EXPECT_NE(source("2001:db8::"), source("32.1.13.184"));
}

TEST(Source, TellsNothingWithoutTheSecret) {
    EXPECT_EQ(source("192.0.2.1").size(), 32u);
    EXPECT_EQ(source("192.0.2.1").find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_NE(source("192.0.2.1", "one"), source("192.0.2.1", "two"));
    EXPECT_NE(source("192.0.2.1", std::string(100, 'x')), source("192.0.2.1", std::string(101, 'x')));
}

TEST(KeyedHash, KeepsDomainsApart) {
    EXPECT_NE(keyed_hash("a", "bc", "secret"), keyed_hash("ab", "c", "secret"));
    EXPECT_NE(keyed_hash("a", "", "secret"), keyed_hash("", "a", "secret"));
}

}  // namespace
}  // namespace alma::limits
