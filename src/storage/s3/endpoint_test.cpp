#include "storage/s3/endpoint.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace alma::storage::s3 {
namespace {

Endpoint endpoint_of(std::string bucket, std::string region, std::string endpoint = "") {
    S3Config config;
    config.bucket = std::move(bucket);
    config.region = std::move(region);
    config.endpoint = std::move(endpoint);
    return Endpoint(config);
}

std::string url_of(const Endpoint& endpoint, std::string_view key) {
    return endpoint.url_of(endpoint.path_of(key));
}

TEST(S3Endpoint, OnAwsTheBucketIsInTheHostName) {
    const Endpoint endpoint = endpoint_of("resumes", "eu-central-1");
    EXPECT_EQ(endpoint.host(), "resumes.s3.eu-central-1.amazonaws.com");
    EXPECT_EQ(url_of(endpoint, "ab/cd"), "https://resumes.s3.eu-central-1.amazonaws.com/ab/cd");
    EXPECT_EQ(url_of(endpoint, ""), "https://resumes.s3.eu-central-1.amazonaws.com/");
}

TEST(S3Endpoint, ChinaHasADomainOfItsOwn) {
    EXPECT_EQ(endpoint_of("resumes", "cn-north-1").host(), "resumes.s3.cn-north-1.amazonaws.com.cn");
}

TEST(S3Endpoint, ABucketWithADotIsInThePathSinceNoCertificateCoversItsName) {
    EXPECT_EQ(url_of(endpoint_of("firm.resumes", "us-east-1"), "k"),
              "https://s3.us-east-1.amazonaws.com/firm.resumes/k");
}

TEST(S3Endpoint, AServerOfOnesOwnIsAddressedPathStyle) {
    const Endpoint endpoint = endpoint_of("resumes", "us-east-1", "http://127.0.0.1:9000/");
    EXPECT_EQ(endpoint.host(), "127.0.0.1:9000");
    EXPECT_EQ(url_of(endpoint, "ab/cd"), "http://127.0.0.1:9000/resumes/ab/cd");
    EXPECT_EQ(url_of(endpoint, ""), "http://127.0.0.1:9000/resumes");
    EXPECT_EQ(url_of(endpoint_of("b", "r", "https://S3.firm.example/base/"), "k"),
              "https://s3.firm.example/base/b/k");
}

TEST(S3Endpoint, TheSchemesOwnPortIsNotInTheHostHeader) {
    EXPECT_EQ(endpoint_of("b", "r", "https://s3.firm.example:443").host(), "s3.firm.example");
    EXPECT_EQ(endpoint_of("b", "r", "http://s3.firm.example:80").host(), "s3.firm.example");
    EXPECT_EQ(endpoint_of("b", "r", "http://s3.firm.example:443").host(), "s3.firm.example:443");
    EXPECT_EQ(endpoint_of("b", "r", "http://[::1]:9000").host(), "[::1]:9000");
}

TEST(S3Endpoint, KeysAreEncodedButForTheirSlashes) {
    EXPECT_EQ(endpoint_of("b", "us-east-1").path_of("a b/ü+~.x"), "/a%20b/%C3%BC%2B~.x");
}

TEST(S3Endpoint, WhatIsNoUrlNamesItsVariable) {
    for (const char* text : {"ftp://x", "s3.firm.example", "http://"}) {
        try {
            endpoint_of("b", "r", text);
            ADD_FAILURE() << text;
        } catch (const Error& error) {
            EXPECT_TRUE(error.detail().starts_with("AWS_ENDPOINT_URL ")) << error.detail();
        }
    }
}

}  // namespace
}  // namespace alma::storage::s3
