// Against the signatures that AWS publishes: the examples of the S3 API Reference ("Signature Calculations
// for the Authorization Header: Transferring Payload in a Single Chunk"), and the general test suite
// (aws-sig-v4-test-suite).
#include "storage/s3/sigv4.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::storage::s3 {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view empty_payload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct Vector {
    const char* name;
    const char* method;
    const char* path;
    Pairs query;
    Pairs headers;
    std::string payload_sha256;
    const char* signature;
};

std::string signature_of(const Vector& vector, const Credentials& credentials, std::string_view service,
                         Instant at) {
    const std::string text = authorization({.method = vector.method,
                                            .path = vector.path,
                                            .query = vector.query,
                                            .headers = vector.headers,
                                            .payload_sha256 = vector.payload_sha256},
                                           credentials, "us-east-1", service, at);
    return text.substr(text.rfind('=') + 1);
}

Pairs s3_headers(std::string payload, Pairs others = {}) {
    others.emplace_back("Host", "examplebucket.s3.amazonaws.com");
    others.emplace_back("x-amz-content-sha256", std::move(payload));
    others.emplace_back("x-amz-date", "20130524T000000Z");
    return others;
}

const Credentials s3_credentials{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                                 .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                 .session_token = ""};
const Instant s3_time = *parse_instant("2013-05-24T00:00:00");

TEST(Sigv4, SignsTheExamplesOfTheS3Reference) {
    const std::string empty(empty_payload);
    const std::string welcome = sha256_hex("Welcome to Amazon S3.");
    const Vector vectors[] = {
        {"GET Object",
         "GET",
         "/test.txt",
         {},
         s3_headers(empty, {{"Range", "bytes=0-9"}}),
         empty,
         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
        {"PUT Object",
         "PUT",
         "/test%24file.text",
         {},
         s3_headers(welcome, {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                              {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}),
         welcome,
         "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
        {"GET Bucket Lifecycle",
         "GET",
         "/",
         {{"lifecycle", ""}},
         s3_headers(empty),
         empty,
         "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
        {"GET Bucket (List Objects)",
         "GET",
         "/",
         {{"prefix", "J"}, {"max-keys", "2"}},
         s3_headers(empty),
         empty,
         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
    };
    for (const Vector& vector : vectors)
        EXPECT_EQ(signature_of(vector, s3_credentials, "s3", s3_time), vector.signature) << vector.name;
}

TEST(Sigv4, SignsTheGeneralTestSuite) {
    const Credentials credentials{.access_key_id = "AKIDEXAMPLE",
                                  .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                  .session_token = ""};
    const std::string empty(empty_payload);
    const Pairs plain = {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}};
    Pairs with_values = plain;
    with_values.emplace_back("My-Header1", "value1");
    Pairs with_blanks = plain;
    with_blanks.emplace_back("My-Header1", " value1");
    with_blanks.emplace_back("My-Header2", " \"a   b   c\"");
    const Vector vectors[] = {
        {"get-vanilla",
         "GET",
         "/",
         {},
         plain,
         empty,
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"get-vanilla-query-order-key-case",
         "GET",
         "/",
         {{"Param2", "value2"}, {"Param1", "value1"}},
         plain,
         empty,
         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
        {"get-vanilla-empty-query-key",
         "GET",
         "/",
         {{"Param1", "value1"}},
         plain,
         empty,
         "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
        {"get-utf8",
         "GET",
         "/%E1%88%B4",
         {},
         plain,
         empty,
         "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
        {"get-unreserved",
         "GET",
         "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
         {},
         plain,
         empty,
         "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
        {"get-header-value-trim",
         "GET",
         "/",
         {},
         with_blanks,
         empty,
         "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
        {"post-vanilla",
         "POST",
         "/",
         {},
         plain,
         empty,
         "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
        {"post-header-key-sort",
         "POST",
         "/",
         {},
         with_values,
         empty,
         "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
    };
    for (const Vector& vector : vectors)
        EXPECT_EQ(signature_of(vector, credentials, "service", *parse_instant("2015-08-30T12:36:00")),
                  vector.signature)
            << vector.name;
}

TEST(Sigv4, TheHeaderNamesKeyScopeAndSignedHeadersInOrder) {
    const Pairs headers = s3_headers(std::string(empty_payload), {{"Range", "bytes=0-9"}});
    const std::string text = authorization({.method = "GET",
                                            .path = "/test.txt",
                                            .query = {},
                                            .headers = headers,
                                            .payload_sha256 = empty_payload},
                                           s3_credentials, "us-east-1", "s3", s3_time);
    EXPECT_THAT(
        text,
        StartsWith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                   "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature="));
    EXPECT_THAT(text, testing::Not(HasSubstr(s3_credentials.secret_access_key)));
}

TEST(Sigv4, AQueryIsSortedEncodedAndEveryNameHasItsEqualsSign) {
    EXPECT_EQ(canonical_query({}), "");
    EXPECT_EQ(canonical_query({{"prefix", "a/b c+é"}, {"location", ""}, {"list-type", "2"}}),
              "list-type=2&location=&prefix=a%2Fb%20c%2B%C3%A9");
}

TEST(Sigv4, TheTimeIsToTheSecond) {
    EXPECT_EQ(amz_date(*parse_instant("2025-01-02T03:04:05.999999")), "20250102T030405Z");
}

}  // namespace
}  // namespace alma::storage::s3
