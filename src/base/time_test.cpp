#include "base/time.hpp"

#include <gtest/gtest.h>

namespace alma {
namespace {

TEST(Time, IsWrittenWithSixFractionalDigitsAndNoZone) {
    EXPECT_EQ(to_text(Instant(std::chrono::microseconds(1758915747248539))), "2025-09-26T19:42:27.248539");
    EXPECT_EQ(to_text(Instant(std::chrono::microseconds(0))), "1970-01-01T00:00:00.000000");
}

TEST(Time, IsReadBackAsItWasWritten) {
    const Instant instant(std::chrono::microseconds(1758915747000009));
    EXPECT_EQ(parse_instant(to_text(instant)), instant);
}

TEST(Time, IsReadAsPostgresPrintsIt) {
    EXPECT_EQ(parse_instant("2025-09-26 19:42:27.2485"), parse_instant("2025-09-26T19:42:27.248500"));
    EXPECT_EQ(parse_instant("2025-09-26 19:42:27"), parse_instant("2025-09-26T19:42:27.000000"));
}

TEST(Time, ThatIsNoneIsRefused) {
    for (const char* text : {"", "2025", "2025-09-26", "2025-13-26T19:42:27", "2025-02-30T19:42:27",
                             "2025-09-26T24:00:00", "2025-09-26T19:42:27.", "2025-09-26T19:42:27.1234567",
                             "2025-09-26T19:42:27Z", "-025-09-26T19:42:27"}) {
        EXPECT_EQ(parse_instant(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace alma
