#include "http/message.hpp"

#include "base/error.hpp"
#include "http/conditional.hpp"
#include "support/http_request.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

namespace alma::http {
namespace {

TEST(Message, KnowsItsMethods) {
    for (const std::string_view name : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
        ASSERT_TRUE(parse_method(name)) << name;
        EXPECT_EQ(to_text(*parse_method(name)), name);
    }
    EXPECT_FALSE(parse_method("get"));
    EXPECT_FALSE(parse_method("TRACE"));
}

TEST(Message, FindsHeadersInAnyCase) {
    ARequest get(Method::get);
    get.with("Host", "a").with("HOST", "b");
    EXPECT_EQ(get.request.header("hOsT"), "a");
    EXPECT_EQ(get.request.header("Accept"), std::nullopt);
}

TEST(Message, RefusesHeadersThatBreakTheLine) {
    Response response;
    EXPECT_THROW(response.with("Link", "a\r\nSet-Cookie: b"), std::logic_error);
    EXPECT_THROW(response.with("Link", "a\nb"), std::logic_error);
    EXPECT_THROW(response.with("Link", std::string("a\0b", 3)), std::logic_error);
    EXPECT_THROW(response.with("Li\rnk", "a"), std::logic_error);
    EXPECT_NO_THROW(response.with("Link", "a"));
}

TEST(Message, ReadsAWholeBodyUpToItsLimit) {
    ARequest post(Method::post);
    post.with_body("hello", 2);
    EXPECT_EQ(run(read_all(post.request.body, 5)), "hello");
    post.with_body("hello!", 2);
    EXPECT_THROW(run(read_all(post.request.body, 5)), Error);
    EXPECT_EQ(run(read_all(nullptr, 5)), "");
}

TEST(Conditional, ComparesWeakly) {
    const std::string etag = etag_of("content");
    EXPECT_NE(etag, etag_of("other"));
    ARequest get(Method::get);
    EXPECT_FALSE(has_current(get.request, etag));
    const std::string list = "\"a,b\", W/" + etag;
    get.with("If-None-Match", list);
    EXPECT_TRUE(has_current(get.request, etag));
    EXPECT_FALSE(has_current(get.request, "\"a\""));
    ARequest any(Method::get);
    any.with("If-None-Match", "*");
    EXPECT_TRUE(has_current(any.request, etag));
}

}  // namespace
}  // namespace alma::http
