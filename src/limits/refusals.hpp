/// What this process lately learned about sources that hits of other processes have filled up.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace alma::limits {

/// A refusal is believed until the second ends in which it was learned: others may take a hit back, and this
/// process does not hear of it. Holds at most 8,192; what is learned beyond is not remembered. May be used
/// from every event loop at once.
class Refusals {
public:
    explicit Refusals(const Clock& clock) : clock_(clock) {}

    /// @param until when the source is refused, by this process's clock
    void remember(const std::string& source, Instant until);
    /// When a source will be allowed again, if it is known to be refused now; in the future then.
    [[nodiscard]] std::optional<Instant> find(const std::string& source) const;

private:
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::chrono::sys_seconds second_;  ///< in which all of them were learned
    std::unordered_map<std::string, Instant> until_;
};

}  // namespace alma::limits
