#include "users/link_throttle.hpp"

#include "base/error.hpp"
#include "limits/keyed_hash.hpp"

namespace alma::users {

void require(const limits::Allowance& allowance) {
    if (allowance.is_allowed) return;
    throw Error(ErrorKind::rate_limited, "Too many requests. Please try again later.", allowance.retry_after);
}

LinkThrottle::LinkThrottle(Config config, const Clock& clock, db::Database& db)
    : config_(std::move(config)),
      by_account_(limits::make_limit("link_account", mails_per_account, config_.scope, clock, db)) {
    if (config_.per_source)
        by_source_ = limits::make_limit("link_source", *config_.per_source, config_.scope, clock, db);
}

awaitable<void> LinkThrottle::restore() {
    if (by_source_) co_await by_source_->restore();
    co_await by_account_->restore();
}

awaitable<std::optional<limits::Hit>> LinkThrottle::admit(boost::asio::ip::address client) {
    if (!by_source_) co_return std::nullopt;
    std::string source = limits::source_of(client, config_.secret);
    require(by_source_->look(source));
    limits::Hit hit = co_await by_source_->hit(std::move(source));
    require(hit.allowance);
    co_return hit;
}

awaitable<void> LinkThrottle::keep(std::optional<limits::Hit> hit) {
    if (hit) co_await by_source_->keep(std::move(*hit));
}

awaitable<void> LinkThrottle::take_back(std::optional<limits::Hit> hit) {
    if (hit) co_await by_source_->take_back(std::move(*hit));
}

awaitable<limits::Allowance> LinkThrottle::admit_mail(const std::string& email_folded) {
    std::string account = limits::keyed_hash("mailed account", email_folded, config_.secret);
    const limits::Allowance known = by_account_->look(account);
    if (!known.is_allowed) co_return known;
    limits::Hit hit = co_await by_account_->hit(std::move(account));
    const limits::Allowance allowance = hit.allowance;
    if (allowance.is_allowed) co_await by_account_->keep(std::move(hit));
    co_return allowance;
}

}  // namespace alma::users
