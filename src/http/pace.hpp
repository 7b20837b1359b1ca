/// How long a peer may take for a body.
#pragma once

#include "http/limits.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace alma::http {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Counts the time that we waited for the peer, and only that: a slow disk or handler of ours is not its
/// fault.
class Pace {
public:
    explicit Pace(const Limits& limits) : limits_(&limits) {}

    /// When to give up on a wait that begins now.
    /// @param bytes how many the peer has sent or taken so far, those that it is to take now included
    [[nodiscard]] SteadyTime deadline(SteadyTime now, std::uint64_t bytes) const {
        using std::chrono::milliseconds;
        // No more than body_time counts, which keeps the product far from an overflow.
        const std::uint64_t seconds = std::min<std::uint64_t>(bytes / rate(), 1'000'000);
        const milliseconds earned = limits_->body_grace + milliseconds(seconds * 1000);
        return now + std::min(earned, limits_->body_time) - waited_;
    }
    void count(std::chrono::steady_clock::duration wait) { waited_ += wait; }

private:
    [[nodiscard]] std::uint64_t rate() const {
        return std::max<std::size_t>(limits_->body_bytes_per_second, 1);
    }

    const Limits* limits_;
    std::chrono::steady_clock::duration waited_{};
};

}  // namespace alma::http
