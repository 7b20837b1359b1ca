#include "base/uuid.hpp"

#include <gtest/gtest.h>

namespace alma {
namespace {

TEST(Uuid, IsReadInEitherCaseAndWrittenInLower) {
    const auto uuid = parse_uuid("550E8400-e29b-41d4-A716-446655440000");
    ASSERT_TRUE(uuid);
    EXPECT_EQ(to_text(*uuid), "550e8400-e29b-41d4-a716-446655440000");
}

TEST(Uuid, ThatIsRandomHasVersionFourAndIsNeverTheSame) {
    const Uuid uuid = random_uuid();
    EXPECT_EQ(uuid.version(), Uuid::version_random_number_based);
    EXPECT_EQ(uuid.variant(), Uuid::variant_rfc_4122);
    EXPECT_NE(uuid, random_uuid());
}

TEST(Uuid, ThatIsNoneIsRefused) {
    for (const char* text : {"", "550e8400e29b41d4a716446655440000", "{550e8400-e29b-41d4-a716-446655440000}",
                             "550e8400-e29b-41d4-a716-44665544000g", "550e8400-e29b-41d4-a716-4466554400000",
                             "550e8400+e29b-41d4-a716-446655440000"}) {
        EXPECT_EQ(parse_uuid(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace alma
