#include "storage/s3/s3_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::storage::s3 {
namespace {

using testing::HasSubstr;
using testing::Not;

Failure failure_of(long status, std::string_view code, std::string_view region) {
    return failure_of_answer(status, code, region, {});
}

TEST(S3Error, NamesTheVariableThatIsToBlame) {
    const struct {
        long status;
        const char* code;
        const char* named;
    } cases[] = {
        {403, "InvalidAccessKeyId", "AWS_ACCESS_KEY_ID"},
        {403, "SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"},
        {400, "ExpiredToken", "AWS_SESSION_TOKEN"},
        {404, "NoSuchBucket", "AWS_S3_BUCKET_NAME"},
        {400, "InvalidBucketName", "AWS_S3_BUCKET_NAME"},
        {403, "AccessDenied", "may not"},
        {403, "", "may not"},
        {403, "RequestTimeTooSkewed", "clock"},
        {400, "AuthorizationHeaderMalformed", "AWS_REGION"},
        {301, "PermanentRedirect", "AWS_REGION"},
        {307, "", "AWS_REGION"},
    };
    for (const auto& one : cases) {
        const Failure failure = failure_of(one.status, one.code, "");
        EXPECT_THAT(failure.cause, HasSubstr(one.named)) << one.code;
        EXPECT_FALSE(failure.is_temporary) << one.code;
    }
}

TEST(S3Error, NamesTheVariablesOfItsOwnBucket) {
    const S3SettingNames names{.bucket = "its URL", .access_key_id = "IMPORT_KEY"};
    EXPECT_THAT(failure_of_answer(403, "", "", names).cause, HasSubstr("the owner of IMPORT_KEY may not"));
    EXPECT_THAT(failure_of_answer(404, "NoSuchBucket", "", names).cause, HasSubstr("its URL names a bucket"));
}

TEST(S3Error, AWrongRegionIsToldTheRightOne) {
    EXPECT_THAT(failure_of(301, "PermanentRedirect", "eu-west-1").cause, HasSubstr("which is eu-west-1"));
}

TEST(S3Error, OverloadTimeOutsAndDamageOnTheWayAreTemporary) {
    for (const long status : {500, 502, 503, 504, 429, 408})
        EXPECT_TRUE(failure_of(status, "", "").is_temporary) << status;
    for (const char* code : {"RequestTimeout", "IncompleteBody", "BadDigest", "XAmzContentSHA256Mismatch"})
        EXPECT_TRUE(failure_of(400, code, "").is_temporary) << code;
    EXPECT_FALSE(failure_of(400, "InvalidArgument", "").is_temporary);
}

TEST(S3Error, WhatCameFromOutsideIsShownOnlyWhenItIsAName) {
    EXPECT_EQ(failure_of(418, "x\nforged", "a b").cause, "the S3 store answered 418");
    EXPECT_THAT(failure_of(301, "", "http://evil/").cause, Not(HasSubstr("evil")));
}

TEST(S3Error, TheClientLearnsNothingOfTheInside) {
    const S3Error error(failure_of(403, "SignatureDoesNotMatch", "").cause);
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_THAT(error.detail(), Not(HasSubstr("AWS")));
    EXPECT_THAT(error.what(), HasSubstr("AWS_SECRET_ACCESS_KEY"));
    EXPECT_TRUE(error.retry_after());
}

}  // namespace
}  // namespace alma::storage::s3
