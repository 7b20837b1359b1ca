#include "limits/rate_limiter.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <mutex>
#include <span>
#include <unordered_map>

namespace alma::limits {
namespace {

constexpr std::int64_t restore_page_rows = 10'000;
/// More than one, so that what a quiet time left behind is caught up with.
constexpr std::int64_t rows_pruned_per_hit = 8;

/// A source as the table keeps it. Names are hashed again to half the size of their text, which also bounds
/// them.
using Key = std::array<std::uint64_t, 2>;

Key key_of(std::string_view source) {
    Key key;
    crypto_generichash(reinterpret_cast<unsigned char*>(key.data()), sizeof key,
                       reinterpret_cast<const unsigned char*>(source.data()), source.size(), nullptr, 0);
    return key;
}

struct KeyHash {
    std::size_t operator()(const Key& key) const { return key[0]; }
};

}  // namespace

struct RateLimiter::Table {
    struct Source {
        Key key;
        std::vector<Instant> hits;  ///< oldest first, at most Rate::count
    };
    using Sources = std::list<Source>;

    std::string name;
    Rate rate;
    const Clock& clock;
    RateLimiterBounds bounds;

    mutable std::mutex mutex;
    Sources by_last_hit;  ///< the one whose last hit is longest ago first
    std::unordered_map<Key, Sources::iterator, KeyHash> index;
    std::size_t hit_count = 0;

    /// The hits of the last window: one at t counts until just before t + window.
    [[nodiscard]] std::span<const Instant> in_window(const std::vector<Instant>& hits, Instant now) const {
        return {std::ranges::upper_bound(hits, now - rate.window), hits.end()};
    }

    [[nodiscard]] Allowance allowance(std::span<const Instant> hits, Instant now) const {
        if (hits.size() < rate.count) return {.is_allowed = true, .remaining = rate.count - hits.size()};
        const auto wait = std::chrono::ceil<std::chrono::seconds>(hits.front() + rate.window - now);
        // A hit from the future was made before somebody set the clock back: nobody waits longer than a
        // window.
        return {.is_allowed = false, .remaining = 0, .retry_after = std::min(wait, rate.window)};
    }

    void forget(Sources::iterator source) {
        hit_count -= source->hits.size();
        index.erase(source->key);
        by_last_hit.erase(source);
    }

    void drop_expired(Source& source, Instant now) {
        // After the clock was set back, what was counted before it counts from now on.
        for (auto hit = source.hits.rbegin(); hit != source.hits.rend() && *hit > now; ++hit)
            *hit = now;
        const auto expired =
            source.hits.end() - static_cast<std::ptrdiff_t>(in_window(source.hits, now).size());
        hit_count -= static_cast<std::size_t>(expired - source.hits.begin());
        source.hits.erase(source.hits.begin(), expired);
    }

    void forget_idle(Instant now) {
        while (!by_last_hit.empty() && in_window(by_last_hit.front().hits, now).empty())
            forget(by_last_hit.begin());
    }

    /// The source, made if need be, as the one whose hit is the latest.
    Source& touch(const Key& key) {
        const auto found = index.find(key);
        if (found == index.end()) {
            by_last_hit.push_back({.key = key, .hits = {}});
            index.emplace(key, std::prev(by_last_hit.end()));
        } else {
            by_last_hit.splice(by_last_hit.end(), by_last_hit, found->second);
        }
        return by_last_hit.back();
    }

    void add(Source& source, Instant at) {
        std::vector<Instant>& hits = source.hits;
        // No more room than the rate can ever need: it is most of the table's memory.
        if (hits.size() == hits.capacity())
            hits.reserve(std::min(rate.count, std::max<std::size_t>(hits.size() * 2, 8)));
        hits.insert(std::ranges::upper_bound(hits, at), at);
        ++hit_count;
        while (by_last_hit.size() > bounds.sources || hit_count > bounds.hits)
            forget(by_last_hit.begin());
    }

    void restore_hit(std::string_view name_of_source, Instant at) {
        Source& source = touch(key_of(name_of_source));
        if (source.hits.size() == rate.count) {
            source.hits.erase(source.hits.begin());
            --hit_count;
        }
        add(source, at);
    }
};

RateLimiter::RateLimiter(std::string name, Rate rate, const Clock& clock, RateLimiterBounds bounds)
    : table_(new Table{.name = std::move(name),
                       .rate = rate,
                       .clock = clock,
                       .bounds = bounds,
                       .mutex = {},
                       .by_last_hit = {},
                       .index = {}}) {}

RateLimiter::~RateLimiter() = default;

Rate RateLimiter::rate() const {
    return table_->rate;
}

Allowance RateLimiter::look(const std::string& source) const {
    const Key key = key_of(source);
    const std::lock_guard lock(table_->mutex);
    const Instant now = table_->clock.now();
    const auto found = table_->index.find(key);
    if (found == table_->index.end()) return table_->allowance({}, now);
    return table_->allowance(table_->in_window(found->second->hits, now), now);
}

Allowance RateLimiter::hit(const std::string& source) {
    const Key key = key_of(source);
    const std::lock_guard lock(table_->mutex);
    const Instant now = table_->clock.now();
    table_->forget_idle(now);

    const auto known = table_->index.find(key);
    if (known != table_->index.end()) {
        table_->drop_expired(*known->second, now);
        const Allowance before = table_->allowance(known->second->hits, now);
        if (!before.is_allowed) return before;
    }
    Table::Source& counted = table_->touch(key);
    table_->add(counted, now);
    Allowance after = table_->allowance(counted.hits, now);
    after.is_allowed = true;
    return after;
}

void RateLimiter::take_back(const std::string& source) {
    const Key key = key_of(source);
    const std::lock_guard lock(table_->mutex);
    const auto found = table_->index.find(key);
    if (found == table_->index.end()) return;
    // It keeps its place among the sources: the one hit less does not make it older than it was.
    if (found->second->hits.size() == 1) {
        table_->forget(found->second);
        return;
    }
    found->second->hits.pop_back();
    --table_->hit_count;
}

awaitable<void> RateLimiter::restore(db::Database& db) {
    const Instant expired = table_->clock.now() - table_->rate.window;
    co_await db.write(db::sql(R"(
        DELETE FROM limit_hits
        WHERE limit_name = $1 AND hit_at <= $2)",
                              table_->name, expired));

    Instant last_at = expired;
    std::int64_t last_id = 0;
    std::size_t rows_read = 0;
    do {
        const db::Rows rows = co_await db.search(db::sql(R"(
            SELECT id, source, hit_at FROM limit_hits
            WHERE limit_name = $1 AND (hit_at, id) > ($2, $3)
            ORDER BY hit_at, id
            LIMIT $4)",
                                                         table_->name, last_at, last_id, restore_page_rows));
        rows_read = rows.size();
        const std::lock_guard lock(table_->mutex);
        for (std::size_t i = 0; i < rows_read; ++i) {
            last_id = rows[i].get<std::int64_t>(0);
            last_at = rows[i].get<Instant>(2);
            table_->restore_hit(rows[i].get<std::string_view>(1), last_at);
        }
    } while (rows_read == static_cast<std::size_t>(restore_page_rows));
}

awaitable<void> RateLimiter::remember(db::Database& db, std::string source) const {
    const Instant now = table_->clock.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(db::sql(R"(
        INSERT INTO limit_hits (limit_name, source, hit_at)
        VALUES ($1, $2, $3))",
                                  table_->name, std::move(source), now));
    transaction.push_back(db::sql(R"(
        DELETE FROM limit_hits
        WHERE id IN (SELECT id FROM limit_hits
                     WHERE limit_name = $1 AND hit_at <= $2
                     ORDER BY hit_at
                     LIMIT $3))",
                                  table_->name, now - table_->rate.window, rows_pruned_per_hit));
    co_await db.write(std::move(transaction));
}

}  // namespace alma::limits
