#include "auth/login_throttle.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "limits/keyed_hash.hpp"

namespace alma::auth {
namespace {

/// One address may try its luck on a few accounts, as an office behind one router does by mistake.
constexpr std::size_t accounts_per_source = 5;
/// One stranger's address must not use up what all strangers share; four of them may. With the default this
/// is 80 failures an hour, below the 100 of OWASP ASVS 4.0 2.2.1.
constexpr std::size_t strangers_per_account = 4;

constexpr std::chrono::hours known_login_renewal{24};
constexpr std::chrono::hours known_login_lifetime{24 * 180};
constexpr std::int64_t max_known_logins = 64;  ///< of one user

}  // namespace

LoginThrottle::Attempt::~Attempt() {
    uncount();
}

void LoginThrottle::Attempt::count(std::shared_ptr<limits::RateLimiter> limiter, std::string source) {
    const limits::Allowance allowance = limiter->hit(source);
    if (!allowance.is_allowed) {
        throw Error(ErrorKind::rate_limited, "Too many requests. Please try again later.",
                    allowance.retry_after);
    }
    counted_.emplace_back(std::move(limiter), std::move(source));
}

void LoginThrottle::Attempt::uncount() {
    for (const auto& [limiter, source] : counted_)
        limiter->take_back(source);
    counted_.clear();
}

LoginThrottle::LoginThrottle(Config config, const Clock& clock, db::Database& db)
    : config_(std::move(config)), clock_(clock), db_(db) {
    if (!config_.per_account) return;
    const limits::Rate rate = *config_.per_account;
    const limits::Rate rate_of_source{.count = rate.count * accounts_per_source, .window = rate.window};
    const limits::Rate rate_of_strangers{.count = rate.count * strangers_per_account, .window = rate.window};
    by_source_ = std::make_shared<limits::RateLimiter>("login_source", rate_of_source, clock);
    by_account_ = std::make_shared<limits::RateLimiter>("login_account", rate_of_strangers, clock);
    by_account_and_source_ = std::make_shared<limits::RateLimiter>("login_account_source", rate, clock);
}

awaitable<void> LoginThrottle::restore() {
    if (!config_.per_account) co_return;
    co_await by_source_->restore(db_);
    co_await by_account_->restore(db_);
    co_await by_account_and_source_->restore(db_);
}

awaitable<LoginThrottle::Attempt> LoginThrottle::admit(boost::asio::ip::address client,
                                                       std::string email_folded) {
    Attempt attempt;
    if (!config_.per_account) co_return attempt;
    attempt.source_ = limits::source_of(client, config_.secret);
    attempt.last_seen_at_ = co_await last_seen_at(email_folded, attempt.source_);

    const std::string account_and_source = email_folded + '\0' + attempt.source_;
    attempt.count(by_account_and_source_,
                  limits::keyed_hash("account and source", account_and_source, config_.secret));
    if (!attempt.last_seen_at_) {
        attempt.count(by_source_, attempt.source_);
        attempt.count(by_account_, limits::keyed_hash("account", email_folded, config_.secret));
    }
    co_return attempt;
}

awaitable<void> LoginThrottle::failed(Attempt attempt) {
    const auto counted = std::exchange(attempt.counted_, {});
    try {
        for (const auto& [limiter, source] : counted)
            co_await limiter->remember(db_, source);
    } catch (const std::exception& error) {
        // It counts in memory: the answer is the same, and only a restart would forget this one.
        log::warning("login failure not written down", {{"error", error.what()}});
    }
}

awaitable<void> LoginThrottle::succeeded(Attempt attempt, std::int64_t user_id) {
    attempt.uncount();
    if (!config_.per_account) co_return;
    if (attempt.last_seen_at_ && clock_.now() - *attempt.last_seen_at_ < known_login_renewal) co_return;
    try {
        co_await write_known_login(user_id, attempt.source_);
    } catch (const std::exception& error) {
        log::warning("known login not written down", {{"error", error.what()}});
    }
}

awaitable<std::optional<Instant>> LoginThrottle::last_seen_at(std::string email_folded, std::string source) {
    const db::Rows rows = co_await db_.read(db::sql(R"(
        SELECT known_logins.last_seen_at
        FROM users JOIN known_logins ON known_logins.user_id = users.id
        WHERE users.email_folded = $1 AND known_logins.source = $2)",
                                                    std::move(email_folded), std::move(source)));
    if (rows.empty()) co_return std::nullopt;
    co_return rows.front().get<Instant>(0);
}

awaitable<void> LoginThrottle::write_known_login(std::int64_t user_id, std::string source) {
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(db::sql(R"(
        INSERT INTO known_logins (user_id, source, last_seen_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (user_id, source) DO UPDATE SET last_seen_at = excluded.last_seen_at)",
                                  user_id, std::move(source), now));
    transaction.push_back(db::sql(R"(
        DELETE FROM known_logins
        WHERE user_id = $1
          AND (last_seen_at < $2
               OR source NOT IN (SELECT source FROM known_logins
                                 WHERE user_id = $1
                                 ORDER BY last_seen_at DESC
                                 LIMIT $3)))",
                                  user_id, now - known_login_lifetime, max_known_logins));
    co_await db_.write(std::move(transaction));
}

}  // namespace alma::auth
