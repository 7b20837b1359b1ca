#include "storage/s3/other_buckets.hpp"

#include "base/error.hpp"
#include "storage/s3/s3_error.hpp"
#include "support/pattern.hpp"
#include "support/s3_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::storage {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class OtherBucketsTest : public testing::Test {
protected:
    ~OtherBucketsTest() override { server.set_faults("{}"); }

    [[nodiscard]] std::string url_of(const std::string& key) const {
        return to_url({.bucket = bucket.bucket, .region = bucket.region, .key = key});
    }

    void put(const std::string& key, std::string_view content) {
        Spool spool(directory.path(), files);
        run(spool.append(content));
        s3::Client client(bucket);
        s3::Request request{.method = "PUT", .key = key, .body = std::make_shared<s3::Upload>(spool)};
        run(client.send(std::move(request)));
    }

    std::string get(const std::string& url, std::optional<ByteRange> range = std::nullopt) {
        return run([&]() -> awaitable<std::string> {
            const std::unique_ptr<ObjectReader> reader = co_await buckets.open(url, range);
            std::string content;
            for (std::string_view piece = co_await reader->next(); !piece.empty();
                 piece = co_await reader->next())
                content += piece;
            co_return content;
        });
    }

    static std::string failure_of(OtherBuckets& of, const std::string& url) {
        try {
            run(of.size_of(url));
            return "no failure";
        } catch (const s3::S3Error& error) {
            return error.what();
        }
    }

    static S3Config access_to(S3Config config) {
        config.bucket.clear();
        config.region.clear();
        config.max_attempts = 1;
        return config;
    }

    S3Server& server = S3Server::shared();
    const S3Config bucket = server.new_bucket();
    TemporaryDirectory directory;
    WorkerPool files{"test", 1, 16};
    OtherBuckets buckets{access_to(bucket)};
};

TEST_F(OtherBucketsTest, AnObjectIsReadByItsUrlWholeAndInPart) {
    // No key of ours could be like this one.
    const std::string url = url_of("Upper Case/z.PDF");
    const std::string content = pattern(600'000);
    put("Upper Case/z.PDF", content);
    EXPECT_EQ(run(buckets.size_of(url)), content.size());
    EXPECT_EQ(get(url) == content, true);
    EXPECT_EQ(get(url, ByteRange{.first = 299'990, .last = 300'009}), content.substr(299'990, 20));
}

TEST_F(OtherBucketsTest, AMissingObjectIsNoFailureOfTheStore) {
    EXPECT_FALSE(run(buckets.size_of(url_of("none.pdf"))));
    try {
        get(url_of("none.pdf"));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::not_found);
    }
}

TEST_F(OtherBucketsTest, AFailureNamesTheBucketAndTheVariablesThatMatter) {
    S3Config wrong = access_to(bucket);
    wrong.credentials.secret_access_key = "canary";
    wrong.names.secret_access_key = "IMPORT_SECRET";
    OtherBuckets refused(wrong);
    EXPECT_THAT(failure_of(refused, url_of("a.pdf")),
                AllOf(HasSubstr(bucket.bucket), HasSubstr("IMPORT_SECRET"), Not(HasSubstr("canary"))));
    EXPECT_THAT(failure_of(buckets, "https://no-such-bucket.s3.us-east-1.amazonaws.com/a.pdf"),
                AllOf(HasSubstr("no-such-bucket"), HasSubstr("does not exist")));
}

TEST_F(OtherBucketsTest, WithoutAKeyTheVariablesAreNamed) {
    OtherBuckets unset(S3Config{});
    EXPECT_THAT(failure_of(unset, url_of("a.pdf")),
                AllOf(HasSubstr("AWS_ACCESS_KEY_ID"), HasSubstr("AWS_SECRET_ACCESS_KEY")));
}

TEST_F(OtherBucketsTest, AWrongEndpointIsAFailureOfTheStoreAndNotOfTheReader) {
    S3Config wrong = access_to(bucket);
    wrong.endpoint = "not a URL";
    OtherBuckets refused(wrong);
    EXPECT_THAT(failure_of(refused, url_of("a.pdf")), HasSubstr("AWS_ENDPOINT_URL"));
    EXPECT_THAT(failure_of(refused, "ab/ab12"), HasSubstr("no URL"));
}

TEST_F(OtherBucketsTest, BucketsAreBounded) {
    for (std::size_t i = 0; i < OtherBuckets::most_buckets; ++i)
        EXPECT_THAT(failure_of(buckets, fmt::format("https://bucket-{}.s3.us-east-1.amazonaws.com/a", i)),
                    HasSubstr("does not exist"));
    for (int again = 0; again < 2; ++again)
        EXPECT_THAT(failure_of(buckets, "https://bucket-one-more.s3.us-east-1.amazonaws.com/a"),
                    HasSubstr("more than 8 buckets"));
    EXPECT_THAT(failure_of(buckets, "https://bucket-0.s3.us-east-1.amazonaws.com/a"),
                HasSubstr("does not exist"));
}

}  // namespace
}  // namespace alma::storage
