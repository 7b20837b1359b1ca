#include "auth/credentials.hpp"

#include "base/error.hpp"
#include "support/http_request.hpp"

#include <gtest/gtest.h>

namespace alma::auth {
namespace {

http::ARequest a_request(const char* base_url = "https://leads.example",
                         http::Method method = http::Method::post) {
    http::ARequest request(method);
    request.request.base_url = base_url;
    return request;
}

bool is_refused(const http::ARequest& request) {
    try {
        require_own_page(request.request);
        return false;
    } catch (const Error& refusal) {
        EXPECT_EQ(refusal.kind(), ErrorKind::forbidden);
        EXPECT_STREQ(refusal.what(), "Cross-site request refused");
        return true;
    }
}

TEST(Credentials, ASessionIsInTheCookieOfItsScheme) {
    const char* const cookies = "theme=dark; alma_session=plain;__Host-alma_session=secure; x";
    EXPECT_EQ(session_id(a_request().with("Cookie", cookies).request), "secure");
    EXPECT_EQ(session_id(a_request("http://127.0.0.1:8000").with("cookie", cookies).request), "plain");
}

TEST(Credentials, ASessionIsFoundInAnyOfSeveralCookieFields) {
    EXPECT_EQ(session_id(a_request().with("Cookie", "a=b").with("Cookie", "__Host-alma_session=c").request),
              "c");
}

TEST(Credentials, OfTwoSessionsNeitherCounts) {
    EXPECT_FALSE(
        session_id(a_request().with("Cookie", "__Host-alma_session=a; __Host-alma_session=b").request));
    EXPECT_FALSE(session_id(
        a_request().with("Cookie", "__Host-alma_session=a").with("Cookie", "__Host-alma_session=b").request));
}

TEST(Credentials, WhatOnlyLooksLikeTheCookieIsNone) {
    for (const char* cookies :
         {"", ";", ";;=", "__Host-alma_session", "__Host-alma_session2=a", "x__Host-alma_session=a",
          "__host-alma_session=a", "alma_session=a", "a=__Host-alma_session=b"})
        EXPECT_FALSE(session_id(a_request().with("Cookie", cookies).request)) << cookies;
}

TEST(Credentials, TheCookieIsClosedToScriptsAndOtherSites) {
    EXPECT_EQ(session_cookie(a_request().request, "id"),
              "__Host-alma_session=id; Path=/; HttpOnly; SameSite=Strict; Secure");
    EXPECT_EQ(session_cookie(a_request("http://127.0.0.1:8000").request, "id"),
              "alma_session=id; Path=/; HttpOnly; SameSite=Strict");
    EXPECT_EQ(no_session_cookie(a_request().request),
              "__Host-alma_session=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0");
}

TEST(Credentials, ARequestOfOurOwnPagePasses) {
    EXPECT_FALSE(is_refused(a_request().with("X-Requested-With", "alma-leads")));
    EXPECT_FALSE(is_refused(a_request()
                                .with("X-Requested-With", "alma-leads")
                                .with("Origin", "https://leads.example")
                                .with("Sec-Fetch-Site", "same-origin")));
    EXPECT_FALSE(is_refused(a_request("https://Leads.Example:443/base")
                                .with("X-Requested-With", "alma-leads")
                                .with("Origin", "https://leads.example")));
    EXPECT_FALSE(is_refused(a_request("http://127.0.0.1:8000")
                                .with("X-Requested-With", "alma-leads")
                                .with("Origin", "http://127.0.0.1:8000")));
}

TEST(Credentials, ARequestWithoutTheHeaderOfOurPagesIsRefused) {
    EXPECT_TRUE(is_refused(a_request()));
    EXPECT_TRUE(is_refused(a_request().with("X-Requested-With", "XMLHttpRequest")));
    EXPECT_TRUE(is_refused(
        a_request().with("Origin", "https://leads.example").with("Sec-Fetch-Site", "same-origin")));
}

TEST(Credentials, ARequestOfAnotherOriginIsRefusedWhateverElseItHas) {
    for (const char* origin :
         {"null", "", "https://evil.example", "http://leads.example", "https://leads.example:8443",
          "https://leads.example.evil.example", "https://evil.example/https://leads.example",
          "https://sub.leads.example", "leads.example"})
        EXPECT_TRUE(is_refused(a_request().with("X-Requested-With", "alma-leads").with("Origin", origin)))
            << origin;
    for (const char* site : {"cross-site", "same-site", "none", "", "Same-Origin"})
        EXPECT_TRUE(
            is_refused(a_request().with("X-Requested-With", "alma-leads").with("Sec-Fetch-Site", site)))
            << site;
}

TEST(Credentials, ARequestThatChangesNothingMayComeFromAnywhere) {
    using enum http::Method;
    for (const http::Method method : {get, head, options})
        EXPECT_FALSE(
            is_refused(a_request("https://leads.example", method).with("Origin", "https://evil.example")));
    for (const http::Method method : {post, put, patch, delete_})
        EXPECT_TRUE(
            is_refused(a_request("https://leads.example", method).with("Origin", "https://evil.example")));
}

}  // namespace
}  // namespace alma::auth
