#include "app/assets.hpp"

#include "base/encoding.hpp"
#include "support/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

namespace alma::app {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

http::Request request_with(std::string_view name, std::string_view value) {
    http::Request request;
    request.headers.push_back({name, value});
    return request;
}

awaitable<std::string> drain(http::BodySource& source) {
    std::string body;
    while (true) {
        const std::string_view piece = co_await source.next();
        if (piece.empty()) co_return body;
        body += piece;
    }
}

std::string sha256_of(std::string_view text) {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return to_hex(digest);
}

TEST(Assets, EachIsWhatItsHashSaysInBothEncodings) {
    for (const Asset& asset : assets()) {
        http::Response plain = asset_response({}, asset);
        EXPECT_EQ(plain.source->length(), asset.size) << asset.path;
        const std::string body = run(drain(*plain.source));
        EXPECT_EQ(body.size(), asset.size) << asset.path;
        EXPECT_EQ(sha256_of(body).substr(0, 16), asset.hash) << asset.path;

        http::Response gzip = asset_response(request_with("accept-encoding", "br, gzip"), asset);
        EXPECT_THAT(gzip.headers, Contains(Pair("Content-Encoding", "gzip")));
        EXPECT_EQ(gzip.source->length(), asset.gzip.size());
        EXPECT_EQ(run(drain(*gzip.source)), asset.gzip);
    }
}

TEST(Assets, PagesHaveAPolicyWithoutInlineCodeAndNameOnlyWhatIsThere) {
    for (const char* path : {"/docs", "/redoc", "/inbox", "/inbox/preview"}) {
        const Asset* page = find_asset(path);
        ASSERT_NE(page, nullptr);
        http::Response response = asset_response({}, *page);
        EXPECT_THAT(response.headers, Contains(Pair("Content-Security-Policy", Not(HasSubstr("unsafe")))));
        EXPECT_THAT(response.headers, Contains(Pair("Cache-Control", "no-cache")));
        const std::string html = run(drain(*response.source));
        EXPECT_THAT(html, Not(HasSubstr("://")));
        std::size_t links = 0;
        for (std::size_t at = html.find("\"/assets/"); at != std::string::npos;
             at = html.find("\"/assets/", at + 1)) {
            const std::string path_in_page = html.substr(at + 1, html.find('"', at + 1) - at - 1);
            EXPECT_NE(find_asset(path_in_page), nullptr) << path_in_page;
            ++links;
        }
        EXPECT_GE(links, 2U) << path;
    }
}

TEST(Assets, AResumeIsDrawnWhereItCanReachNothing) {
    const http::Response page = asset_response({}, *find_asset("/inbox/preview"));
    EXPECT_THAT(page.headers, Contains(Pair("Content-Security-Policy",
                                            StartsWith("sandbox allow-scripts; default-src 'none'"))));
    EXPECT_THAT(page.headers, Contains(Pair("Content-Security-Policy", Not(HasSubstr("connect-src")))));
    EXPECT_THAT(page.headers, Contains(Pair("X-Frame-Options", "SAMEORIGIN")));
}

TEST(Assets, TheInboxMakesNoHtmlFromText) {
    EXPECT_THAT(asset_response({}, *find_asset("/inbox")).headers,
                Contains(Pair("Content-Security-Policy",
                              HasSubstr("require-trusted-types-for 'script'; trusted-types 'none'"))));
}

TEST(Assets, AreFoundByTheirNamesWithoutTheHash) {
    EXPECT_THAT(std::string(asset_path("apply.css")), HasSubstr("/assets/apply."));
    EXPECT_NE(find_asset(asset_path("apply.js")), nullptr);
    EXPECT_THROW(asset_path("nothing.js"), std::logic_error);
}

TEST(Assets, TheFormNeedsLittleBesidesItsPage) {
    std::size_t bytes = 0;
    for (const char* name : {"apply.js", "apply.css"})
        bytes += find_asset(asset_path(name))->gzip.size();
    EXPECT_LE(bytes, 15u * 1024);
}

TEST(Assets, HashedNamesAreImmutable) {
    for (const Asset& asset : assets()) {
        if (asset.is_page()) continue;
        EXPECT_THAT(std::string(asset.path), HasSubstr(std::string(asset.hash)));
        EXPECT_THAT(asset_response({}, asset).headers,
                    Contains(Pair("Cache-Control", HasSubstr("immutable"))));
    }
}

TEST(Assets, ACurrentCopyIsNotSentAgain) {
    const Asset& asset = *find_asset("/docs");
    const std::string etag = fmt::format("W/\"{}\"", asset.hash);
    EXPECT_EQ(asset_response(request_with("If-None-Match", "\"x\", " + etag), asset).status,
              http::Status::not_modified);
    EXPECT_EQ(asset_response(request_with("If-None-Match", "*"), asset).status, http::Status::not_modified);
    EXPECT_EQ(asset_response(request_with("If-None-Match", "\"x\""), asset).status, http::Status::ok);
}

TEST(Assets, APageThatIsStillCurrentKeepsItsPolicy) {
    for (const char* path : {"/docs", "/inbox", "/inbox/preview"}) {
        const Asset& page = *find_asset(path);
        const http::Response current = asset_response(request_with("If-None-Match", "*"), page);
        ASSERT_EQ(current.status, http::Status::not_modified);
        EXPECT_THAT(current.headers,
                    Contains(Pair("Content-Security-Policy", HasSubstr("script-src 'self'"))))
            << path;
    }
}

TEST(AcceptsGzip, FollowsTheListAndItsWeights) {
    for (const char* list : {"gzip", "br;q=1.0, GZIP ; q=0.8", "*", "identity, gzip;q=0.001"})
        EXPECT_TRUE(accepts_gzip(request_with("Accept-Encoding", list))) << list;
    for (const char* list : {"", "br", "gzip;q=0", "gzip; q=0.000", "gzipped", "identity"})
        EXPECT_FALSE(accepts_gzip(request_with("Accept-Encoding", list))) << list;
    EXPECT_FALSE(accepts_gzip({}));
}

}  // namespace
}  // namespace alma::app
