#include "auth/login_throttle.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "limits/keyed_hash.hpp"

#include <exception>

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

void require(const limits::Allowance& allowance) {
    if (allowance.is_allowed) return;
    throw Error(ErrorKind::rate_limited, "Too many requests. Please try again later.", allowance.retry_after);
}

}  // namespace

LoginThrottle::LoginThrottle(Config config, const Clock& clock, db::Database& db)
    : config_(std::move(config)), clock_(clock), db_(db) {
    if (!config_.per_account) return;
    const limits::Rate rate = *config_.per_account;
    const auto make = [&](const char* name, std::size_t times) {
        const limits::Rate multiple{.count = rate.count * times, .window = rate.window};
        return limits::make_limit(name, multiple, config_.scope, clock, db);
    };
    by_source_ = make("login_source", accounts_per_source);
    by_account_ = make("login_account", strangers_per_account);
    by_account_and_source_ = make("login_account_source", 1);
}

awaitable<void> LoginThrottle::restore() {
    if (!config_.per_account) co_return;
    co_await by_source_->restore();
    co_await by_account_->restore();
    co_await by_account_and_source_->restore();
}

awaitable<LoginThrottle::Attempt> LoginThrottle::admit(boost::asio::ip::address client,
                                                       std::string email_folded) {
    Attempt attempt;
    if (!config_.per_account) co_return attempt;
    attempt.source_ = limits::source_of(client, config_.secret);
    std::string account = limits::keyed_hash("account", email_folded, config_.secret);
    std::string account_and_source =
        limits::keyed_hash("account and source", email_folded + '\0' + attempt.source_, config_.secret);

    // Whoever is known to be refused costs the database nothing, or one look at whether the source is known.
    require(by_account_and_source_->look(account_and_source));
    attempt.last_seen_at_ = co_await last_seen_at(std::move(email_folded), attempt.source_);
    Counters counters{{by_account_and_source_.get(), std::move(account_and_source)}};
    if (!attempt.last_seen_at_) {
        counters.emplace_back(by_source_.get(), attempt.source_);
        counters.emplace_back(by_account_.get(), std::move(account));
    }
    for (const auto& [limit, source] : counters)
        require(limit->look(source));
    co_return co_await count(std::move(attempt), std::move(counters));
}

awaitable<LoginThrottle::Attempt> LoginThrottle::count(Attempt attempt, Counters counters) {
    std::exception_ptr refusal;
    try {
        for (auto& [limit, source] : counters) {
            limits::Hit hit = co_await limit->hit(std::move(source));
            require(hit.allowance);
            attempt.counted_.emplace_back(limit, std::move(hit));
        }
    } catch (...) {
        refusal = std::current_exception();
    }
    if (!refusal) co_return attempt;
    co_await withdraw(std::move(attempt));
    std::rethrow_exception(refusal);
}

awaitable<void> LoginThrottle::failed(Attempt attempt) {
    for (auto& [limit, hit] : attempt.counted_)
        co_await limit->keep(std::move(hit));
}

awaitable<void> LoginThrottle::withdraw(Attempt attempt) {
    for (auto& [limit, hit] : attempt.counted_)
        co_await limit->take_back(std::move(hit));
}

awaitable<void> LoginThrottle::succeeded(Attempt attempt, std::int64_t user_id) {
    const std::string source = attempt.source_;
    const std::optional<Instant> last_seen_at = attempt.last_seen_at_;
    co_await withdraw(std::move(attempt));
    if (!config_.per_account) co_return;
    if (last_seen_at && clock_.now() - *last_seen_at < known_login_renewal) co_return;
    try {
        co_await write_known_login(user_id, source);
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
