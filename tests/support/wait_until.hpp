/// Waits for what another thread or process does, without guessing how long that takes.
#pragma once

#include <chrono>
#include <thread>

namespace alma {

/// @return whether `is_so()` became true within `longest`
template <class Condition>
bool wait_until(Condition is_so, std::chrono::seconds longest = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + longest;
    while (!is_so()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

}  // namespace alma
