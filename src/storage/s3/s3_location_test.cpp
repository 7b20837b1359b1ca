#include "storage/s3/s3_location.hpp"

#include "storage/object_store.hpp"

#include <gtest/gtest.h>

namespace alma::storage {
namespace {

constexpr std::string_view url =
    "https://firm-resumes.s3.eu-central-1.amazonaws.com/5e3f0c1a-7d0b-4a55-9a55-0d2f9c1b7e11.PDF";

TEST(S3Location, TheUrlOfTheOriginalServiceIsTakenApartAndPutTogether) {
    const auto location = split_s3_url(url);
    ASSERT_TRUE(location);
    EXPECT_EQ(location->bucket, "firm-resumes");
    EXPECT_EQ(location->region, "eu-central-1");
    EXPECT_EQ(location->key, "5e3f0c1a-7d0b-4a55-9a55-0d2f9c1b7e11.PDF");
    EXPECT_TRUE(is_valid(*location));
    EXPECT_EQ(to_url(*location), url);
}

TEST(S3Location, ABucketMayHaveDotsAndEvenHoldTheDivider) {
    const auto location = split_s3_url("https://a.s3.b.s3.us-east-1.amazonaws.com/x/y z?#%20");
    ASSERT_TRUE(location);
    EXPECT_EQ(location->bucket, "a.s3.b");
    EXPECT_EQ(location->region, "us-east-1");
    EXPECT_EQ(location->key, "x/y z?#%20");
    EXPECT_TRUE(is_valid(*location));
}

TEST(S3Location, AnotherFormIsNoUrl) {
    for (const char* text : {"", "ab/ab12", "http://b.s3.r.amazonaws.com/k", "https://b.s3.r.amazonaws.com",
                             "https://s3.r.amazonaws.com/b/k", "https://b.s3.r.amazonaws.com.evil.example/k",
                             "https://b.s3.amazonaws.com/k", "s3://b/k"})
        EXPECT_FALSE(split_s3_url(text)) << text;
}

TEST(S3Location, WhatCouldLeadToAnotherHostIsNotValid) {
    for (const char* text :
         {"https://evil.example/.s3.r.amazonaws.com/k", "https://BUCKET.s3.r.amazonaws.com/k",
          "https://bucket.s3.None.amazonaws.com/k", "https://bucket.s3..amazonaws.com/k",
          "https://u@bucket.s3.r.amazonaws.com/k", "https://bucket.s3.r.amazonaws.com/",
          "https://bucket:1.s3.r.amazonaws.com/k", "https://bucket.s3.r.amazonaws.com/a\nb"}) {
        const auto location = split_s3_url(text);
        EXPECT_FALSE(location && is_valid(*location)) << text;
    }
    EXPECT_FALSE(is_valid({.bucket = "bucket", .region = "r", .key = std::string(1025, 'k')}));
    EXPECT_TRUE(is_valid({.bucket = "bucket", .region = "r", .key = std::string(1024, 'k')}));
}

TEST(S3Location, NoKeyOfOurStoreLooksLikeIt) {
    EXPECT_FALSE(is_valid_key(url));
}

}  // namespace
}  // namespace alma::storage
