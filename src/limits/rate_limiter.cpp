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
};

RateLimiter::RateLimiter(Rate rate, const Clock& clock, RateLimiterBounds bounds)
    : table_(new Table{
          .rate = rate, .clock = clock, .bounds = bounds, .mutex = {}, .by_last_hit = {}, .index = {}}) {}

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

void RateLimiter::restore_hit(const std::string& source, Instant at) {
    const Key key = key_of(source);
    const std::lock_guard lock(table_->mutex);
    Table::Source& restored = table_->touch(key);
    if (restored.hits.size() == table_->rate.count) {
        restored.hits.erase(restored.hits.begin());
        --table_->hit_count;
    }
    table_->add(restored, at);
}

}  // namespace alma::limits
