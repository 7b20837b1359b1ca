#include "storage/s3/piece_checksums.hpp"

#include "support/pattern.hpp"

#include <gtest/gtest.h>

namespace alma::storage::s3 {
namespace {

constexpr std::size_t piece = PieceChecksums::least_piece_bytes;

PieceChecksums checksums_of(std::string_view bytes, std::size_t portion = 100'000) {
    PieceChecksums checksums(bytes.size());
    for (std::size_t at = 0; at < bytes.size(); at += portion)
        checksums.add(bytes.substr(at, portion));
    return checksums;
}

TEST(PieceChecksums, TheTextIsTheSizeAndTheCrc32OfEachPiece) {
    // The check value of CRC-32/ISO-HDLC: cbf43926.
    EXPECT_EQ(checksums_of("123456789").text(), "262144:y_Q5Jg");
    EXPECT_EQ(checksums_of("").text(), "262144:");
}

TEST(PieceChecksums, PortionsDoNotMatter) {
    const std::string bytes = pattern(2 * piece + 1);
    const std::string text = checksums_of(bytes).text();
    for (const std::size_t portion : {999uz, piece - 1, piece, piece + 1, bytes.size()})
        EXPECT_EQ(checksums_of(bytes, portion).text(), text) << portion;
}

TEST(PieceChecksums, APieceMatchesWholeUnchangedAndInItsPlaceOnly) {
    const std::string bytes = pattern(2 * piece + 1000);
    const auto checksums = PieceChecksums::parse(checksums_of(bytes).text(), bytes.size());
    ASSERT_TRUE(checksums);
    const std::string_view all = bytes;
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_TRUE(checksums->match(i, all.substr(i * piece, piece))) << i;
    EXPECT_FALSE(checksums->match(1, all.substr(0, piece)));
    EXPECT_FALSE(checksums->match(2, all.substr(2 * piece, 999)));
    EXPECT_FALSE(checksums->match(3, ""));
    std::string changed = bytes.substr(0, piece);
    changed[piece / 2] ^= 1;
    EXPECT_FALSE(checksums->match(0, changed));
}

TEST(PieceChecksums, TheLargestResumeAndMoreFitOneMetadataValue) {
    EXPECT_EQ(checksums_of(pattern(10 * 1024 * 1024)).piece_bytes(), piece);
    EXPECT_LE(checksums_of(pattern(10 * 1024 * 1024)).text().size(), 253u);
    const std::string large = pattern(10 * 1024 * 1024 + 1);
    EXPECT_EQ(checksums_of(large).piece_bytes(), 2 * piece);
    EXPECT_TRUE(PieceChecksums::parse(checksums_of(large).text(), large.size()));
}

TEST(PieceChecksums, WhatIsNoSuchTextOrOfAnotherObjectIsRefused) {
    const std::string good = checksums_of("123456789").text();
    EXPECT_TRUE(PieceChecksums::parse(good, 9));
    EXPECT_FALSE(PieceChecksums::parse(good, piece + 1));
    EXPECT_FALSE(PieceChecksums::parse(good, 0));
    for (const char* text :
         {"", ":", "262144", "262144:y_Q5J", "262144:y_Q5Jg==", "0:y_Q5Jg", "-1:y_Q5Jg", "262145:y_Q5Jg",
          "131072:y_Q5Jg", "262144:y_Q5JgAAAA", "99999999999999999999:y_Q5Jg", "2199023255552:y_Q5Jg"})
        EXPECT_FALSE(PieceChecksums::parse(text, 9)) << text;
}

}  // namespace
}  // namespace alma::storage::s3
