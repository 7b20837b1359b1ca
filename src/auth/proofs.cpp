#include "auth/proofs.hpp"

namespace alma::auth {
namespace {

std::chrono::sys_seconds second_of(Instant now) {
    return std::chrono::floor<std::chrono::seconds>(now);
}

}  // namespace

std::optional<http::Principal> Proofs::find(std::string_view credential, Instant now) {
    const std::lock_guard lock(mutex_);
    if (second_of(now) != second_) return std::nullopt;
    const auto proof = proofs_.find(credential);
    if (proof == proofs_.end()) return std::nullopt;
    if (now >= proof->second.end || proof->second.commits != db_.commits()) return std::nullopt;
    return proof->second.principal;
}

void Proofs::remember(std::string_view credential, Instant now, const http::Principal& principal, Instant end,
                      std::optional<std::uint64_t> commits) {
    if (!commits) return;
    const std::lock_guard lock(mutex_);
    if (second_of(now) != second_) proofs_.clear();
    second_ = second_of(now);
    if (proofs_.size() >= max_remembered && !proofs_.contains(credential)) return;
    proofs_.insert_or_assign(std::string(credential),
                             Proof{.principal = principal, .end = end, .commits = *commits});
}

}  // namespace alma::auth
