/// Instants as the API writes them, and the clock that tests can set.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace alma {

/// A moment in UTC, to the microsecond.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

/// "2025-09-26T19:42:27.248539": always six fractional digits, no zone. Sorts as text as it does as time
/// for the years 0000 to 9999. Database columns and JSON use this one form.
std::string to_text(Instant instant);
void append_text(std::string& out, Instant instant);

/// The inverse of to_text; also takes a blank for the 'T' and fewer or no fractional digits, as PostgreSQL
/// prints them.
std::optional<Instant> parse_instant(std::string_view text);

/// Where "now" comes from. May be used from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override {
        return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    }
};

}  // namespace alma
