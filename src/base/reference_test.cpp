#include "base/reference.hpp"

#include <gtest/gtest.h>

namespace alma {
namespace {

TEST(Reference, IsTheBeginningOfTheUuid) {
    EXPECT_EQ(reference_of(*parse_uuid("550e8400-e29b-41d4-a716-446655440000")), "550E-8400");
    EXPECT_EQ(reference_of(*parse_uuid("abcdef09-e29b-41d4-a716-446655440000")), "ABCD-EF09");
}

}  // namespace
}  // namespace alma
