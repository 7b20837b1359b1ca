/// Leads that have served their time.
#pragma once

#include "leads/eraser.hpp"
#include "leads/lead.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace alma::leads {

/// After how many days without a change a lead of each status is erased; nothing: never.
struct RetentionConfig {
    std::optional<std::chrono::days> pending;
    std::optional<std::chrono::days> reached_out;
    [[nodiscard]] bool is_off() const { return !pending && !reached_out; }
};

/// Erases what is past its time, oldest first, in the service's name. A lead that changes meanwhile is left
/// alone. May run in several processes at once, and be interrupted at any point.
/// @return how many leads were erased
awaitable<std::size_t> erase_expired(db::Database& db, Eraser& eraser, const Clock& clock,
                                     RetentionConfig config);

}  // namespace alma::leads
