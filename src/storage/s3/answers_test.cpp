#include "storage/s3/answers.hpp"

#include <gtest/gtest.h>

namespace alma::storage::s3 {
namespace {

std::string listing(std::string_view inside) {
    return std::string(R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix>)") +
           std::string(inside) + "</ListBucketResult>";
}

constexpr std::string_view entry =
    R"(<Contents><Key>ab/c%26d+e</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>
    <ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size><StorageClass>STANDARD</StorageClass>
    <Owner><ID>x</ID><Key>not this</Key></Owner></Contents>)";

TEST(S3Answers, AnErrorHasACode) {
    const ErrorAnswer answer = parse_error(R"(<?xml version='1.0' encoding='UTF-8'?>
<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'a' is wrong; &lt;Code&gt;</Message>
<Region>us-east-1</Region><Details><Code>not this</Code></Details></Error>)");
    EXPECT_EQ(answer.code, "AuthorizationHeaderMalformed");
    EXPECT_EQ(answer.region, "us-east-1");
}

TEST(S3Answers, WhatIsNoErrorDocumentHasNoCode) {
    for (const char* text :
         {"", "<html><Code>x</Code></html>", "<Error><Code>x</Code>", "503 Service Unavailable",
          "{\"Code\":\"x\"}", "<Error><Code>\xff</Code></Error>"})
        EXPECT_EQ(parse_error(text).code, "") << text;
}

TEST(S3Answers, APageListsKeysSizesAndTimes) {
    const ListingPage page = parse_listing(
        listing("<IsTruncated>true</IsTruncated><NextContinuationToken>t/=</NextContinuationToken>" +
                std::string(entry) + std::string(entry)));
    ASSERT_EQ(page.objects.size(), 2u);
    EXPECT_EQ(page.objects[0].key, "ab/c&d e");
    EXPECT_EQ(page.objects[0].size, 434234u);
    EXPECT_EQ(page.objects[0].modified_at, *parse_instant("2009-10-12T17:50:30"));
    EXPECT_EQ(page.next, "t/=");
}

TEST(S3Answers, TheLastPageHasNoNext) {
    const ListingPage page = parse_listing(listing("<IsTruncated>false</IsTruncated>"));
    EXPECT_TRUE(page.objects.empty());
    EXPECT_TRUE(page.next.empty());
}

TEST(S3Answers, APageThatIsDamagedOrIncompleteIsRefused) {
    const std::string whole = listing("<IsTruncated>false</IsTruncated>" + std::string(entry));
    EXPECT_NO_THROW(parse_listing(whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_THROW(parse_listing(std::string_view(whole).substr(0, size)), std::runtime_error) << size;
    for (const std::string& text :
         {listing(""), listing("<IsTruncated>true</IsTruncated>"),
          std::string("<Error><Code>x</Code></Error>"),
          listing("<IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>1</Size></Contents>"),
          listing("<IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>x</"
                  "Size><LastModified>2009-10-12T17:50:30.000Z</LastModified></Contents>"),
          listing("<IsTruncated>false</IsTruncated><Contents><Key>%</Key><Size>1</"
                  "Size><LastModified>2009-10-12T17:50:30.000Z</LastModified></Contents>"),
          listing("<IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>1</"
                  "Size><LastModified>yesterday</LastModified></Contents>")})
        EXPECT_THROW(parse_listing(text), std::runtime_error) << text;
}

TEST(S3Answers, NestingIsBounded) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += "<a>";
    EXPECT_EQ(parse_error(deep).code, "");
    EXPECT_THROW(parse_listing(deep), std::runtime_error);
}

}  // namespace
}  // namespace alma::storage::s3
