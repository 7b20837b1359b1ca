#include "http/byte_range.hpp"

#include "support/http_request.hpp"

#include <gtest/gtest.h>

namespace alma::http {
namespace {

using enum RangeChoice::Kind;

constexpr RangeChoice part_of(std::uint64_t first, std::uint64_t last) {
    return {.kind = part, .range = {.first = first, .last = last}};
}
constexpr RangeChoice the_whole{};
constexpr RangeChoice nothing{.kind = unsatisfiable, .range = {}};

TEST(ByteRange, FollowsTheGrammarOfRfc9110) {
    const std::vector<std::pair<std::string_view, RangeChoice>> cases{
        {"bytes=0-99", part_of(0, 99)},
        {"bytes=0-0", part_of(0, 0)},
        {"BYTES=5-", part_of(5, 999)},
        {"bytes=-1", part_of(999, 999)},
        {"bytes=-5000", part_of(0, 999)},
        {"bytes=900-5000", part_of(900, 999)},
        {"bytes=0-99999999999999999999999", part_of(0, 999)},
        {"bytes=1000-", nothing},
        {"bytes=99999999999999999999999-", nothing},
        {"bytes=-0", nothing},
        {"bytes=0-1,5-6", the_whole},
        {"bytes=9-8", the_whole},
        {"bytes=", the_whole},
        {"bytes=-", the_whole},
        {"bytes=a-b", the_whole},
        {"bytes=+1-2", the_whole},
        {"bytes=1 -2", the_whole},
        {"items=0-1", the_whole},
        {"", the_whole},
    };
    for (const auto& [header, expected] : cases)
        EXPECT_EQ(choose_range(header, 1000), expected) << header;
    EXPECT_EQ(choose_range(std::nullopt, 1000), the_whole);
}

TEST(ByteRange, OfNothingIsNeverSatisfiable) {
    EXPECT_EQ(choose_range("bytes=0-", 0), nothing);
    EXPECT_EQ(choose_range("bytes=-1", 0), nothing);
}

TEST(ByteRange, CountsOnlyForTheRepresentationTheClientHas) {
    ARequest get(Method::get);
    get.with("Range", "bytes=0-0").with("If-Range", "\"a\"");
    EXPECT_EQ(choose_range(get.request, 10, "\"a\""), part_of(0, 0));
    EXPECT_EQ(choose_range(get.request, 10, "\"b\""), the_whole);
    EXPECT_EQ(choose_range(get.request, 10), the_whole);

    ARequest head(Method::head);
    head.with("Range", "bytes=0-0");
    EXPECT_EQ(choose_range(head.request, 10), the_whole);
}

TEST(ByteRange, NamesTheSizeInItsAnswers) {
    EXPECT_EQ(content_range({.first = 0, .last = 99}, 1000), "bytes 0-99/1000");
    const Response refusal = range_not_satisfiable(1000);
    EXPECT_EQ(refusal.status, Status::range_not_satisfiable);
    ASSERT_EQ(refusal.headers.size(), 1u);
    EXPECT_EQ(refusal.headers[0].second, "bytes */1000");
}

}  // namespace
}  // namespace alma::http
