#include "limits/refusals.hpp"

namespace alma::limits {
namespace {

constexpr std::size_t max_remembered = 8'192;

std::chrono::sys_seconds second_of(Instant now) {
    return std::chrono::floor<std::chrono::seconds>(now);
}

}  // namespace

void Refusals::remember(const std::string& source, Instant until) {
    const std::lock_guard lock(mutex_);
    const std::chrono::sys_seconds second = second_of(clock_.now());
    if (second != second_) until_.clear();
    second_ = second;
    if (until_.size() >= max_remembered && !until_.contains(source)) return;
    until_.insert_or_assign(source, until);
}

std::optional<Instant> Refusals::find(const std::string& source) const {
    const std::lock_guard lock(mutex_);
    const Instant now = clock_.now();
    if (second_of(now) != second_) return std::nullopt;
    const auto found = until_.find(source);
    if (found == until_.end() || found->second <= now) return std::nullopt;
    return found->second;
}

}  // namespace alma::limits
