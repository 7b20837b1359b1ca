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

    /// When to give up on a wait for a part of a request, which begins now. A whole body has an end.
    /// @param bytes how many the peer has sent so far
    [[nodiscard]] SteadyTime receive_deadline(SteadyTime now, std::uint64_t bytes) const {
        return now + std::min(earned(bytes), limits_->body_time) - waited_;
    }
    /// When to give up on a wait for the peer to take a piece, which begins now. An answer may be of any size
    /// and so take any time, at the least rate; but what was taken fast earns no long silence.
    /// @param bytes how many the peer has taken so far, those of the piece included
    [[nodiscard]] SteadyTime send_deadline(SteadyTime now, std::uint64_t bytes) const {
        const std::chrono::steady_clock::duration left = earned(bytes) - waited_;
        return now + std::min<std::chrono::steady_clock::duration>(left, limits_->stall_time);
    }
    void count(std::chrono::steady_clock::duration wait) { waited_ += wait; }

private:
    /// How long so many bytes may take in all.
    [[nodiscard]] std::chrono::milliseconds earned(std::uint64_t bytes) const {
        // No more than 30 years of it count, which keeps the product far from an overflow.
        const std::uint64_t seconds = std::min<std::uint64_t>(bytes / rate(), 1'000'000'000);
        return limits_->body_grace + std::chrono::milliseconds(seconds * 1000);
    }
    [[nodiscard]] std::uint64_t rate() const {
        return std::max<std::size_t>(limits_->body_bytes_per_second, 1);
    }

    const Limits* limits_;
    std::chrono::steady_clock::duration waited_{};
};

}  // namespace alma::http
