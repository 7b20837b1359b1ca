/// A clock that stands still until a test moves it.
#pragma once

#include "base/time.hpp"

#include <atomic>

namespace alma {

class ManualClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override {
        return Instant(std::chrono::microseconds(microseconds_.load()));
    }
    void set(Instant instant) { microseconds_ = instant.time_since_epoch().count(); }
    void advance(std::chrono::microseconds by) { microseconds_ += by.count(); }

private:
    std::atomic<std::int64_t> microseconds_ = 1'758'915'747'248'539;  // 2025-09-26T19:42:27.248539
};

}  // namespace alma
