#include "limits/database_limit.hpp"

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "db/outcome_unknown.hpp"

#include <algorithm>
#include <exception>
#include <vector>

namespace alma::limits {
namespace {

using std::chrono::ceil;
using std::chrono::microseconds;
using std::chrono::seconds;

/// More than one, so that what a quiet time left behind is caught up with.
constexpr std::int64_t rows_pruned_per_hit = 8;
constexpr std::int64_t rows_pruned_at_once = 10'000;
constexpr seconds longest_take_back{2};

/// For this transaction only.
db::Statement commit_without_waiting() {
    return db::sql("SELECT set_config('synchronous_commit', 'off', true)");
}

/// Waits until no other transaction counts this source, and keeps others waiting until this one ends.
db::Statement take_turn(const std::string& limit, const std::string& source) {
    return db::sql("SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))", limit, source);
}

/// A statement of its own after take_turn(): only then does it see what was waited for, and its time is
/// later. Hits of a future that is more than a window away do not count: they were made before somebody set
/// the server's clock back, or by another server.
/// @return hits before this one, microseconds until the oldest of them is over, row of this one if there is
/// room
db::Statement count_if_there_is_room(const std::string& limit, const std::string& source, Rate rate) {
    return db::sql(R"(
        WITH moment AS (
            SELECT CAST(statement_timestamp() AS timestamp) AS now, make_interval(secs => $3) AS span
        ), counting AS (
            SELECT hit_at
            FROM limit_hits, moment
            WHERE limit_name = $1 AND source = $2 AND hit_at > now - span AND hit_at <= now + span
            ORDER BY hit_at DESC
            LIMIT $4
        ), state AS (
            SELECT count(*) AS hits, min(hit_at) AS oldest FROM counting
        ), counted AS (
            INSERT INTO limit_hits (limit_name, source, hit_at)
            SELECT $1, $2, now FROM moment, state WHERE hits < $4
            RETURNING id
        )
        SELECT hits, CAST(extract(epoch FROM oldest + span - now) * 1000000 AS bigint), (SELECT id FROM counted)
        FROM moment, state)",
                   limit, source, rate.window.count(), rate.count);
}

/// Deletes hits that are over, the oldest first, and skips those that another transaction is deleting: two
/// that waited for each other's rows would be a deadlock, and none needs to wait.
/// @return a row for each
db::Statement prune(const std::string& limit, Rate rate, std::int64_t at_most) {
    return db::sql(R"(
        DELETE FROM limit_hits
        WHERE id = ANY (ARRAY(SELECT id FROM limit_hits
                              WHERE limit_name = $1
                                AND hit_at <= CAST(statement_timestamp() AS timestamp) - make_interval(secs => $2)
                              ORDER BY hit_at
                              LIMIT $3
                              FOR UPDATE SKIP LOCKED))
        RETURNING 1)",
                   limit, rate.window.count(), at_most);
}

}  // namespace

/// What the database said to a hit.
struct DatabaseLimit::Count {
    std::size_t hits = 0;               ///< of the window, this one included
    microseconds wait{0};               ///< until the oldest of them is over; at most a window
    std::optional<std::int64_t> row{};  ///< of this one, when it is counted

    /// @param row of count_if_there_is_room()
    static Count read(const db::Row& row, Rate rate) {
        const auto counted = row.get<std::optional<std::int64_t>>(2);
        const auto wait = row.get<std::optional<std::int64_t>>(1);  // none: no hit before this one
        return {.hits = row.get<std::size_t>(0) + (counted ? 1 : 0),
                .wait = std::min<microseconds>(wait ? microseconds(*wait) : rate.window, rate.window),
                .row = counted};
    }
};

DatabaseLimit::DatabaseLimit(std::string name, Rate rate, const Clock& clock, db::Database& db)
    : name_(std::move(name)), clock_(clock), db_(db), own_(rate, clock), refusals_(clock) {}

awaitable<void> DatabaseLimit::restore() {
    std::size_t deleted = 0;
    do {
        const db::Rows rows = co_await db_.write(prune(name_, rate(), rows_pruned_at_once));
        deleted = rows.size();
    } while (deleted == static_cast<std::size_t>(rows_pruned_at_once));
}

Allowance DatabaseLimit::look(const std::string& source) {
    if (const std::optional<Instant> until = refusals_.find(source)) {
        const auto wait = std::max(ceil<seconds>(*until - clock_.now()), seconds(1));
        return {.is_allowed = false, .remaining = 0, .retry_after = wait};
    }
    return own_.look(source);
}

awaitable<Hit> DatabaseLimit::hit(std::string source) {
    Hit hit{.allowance = look(source), .source = source};
    // Counted here before it is there: those that come at the same time ask for no more than the rate.
    if (hit.allowance.is_allowed) hit.allowance = own_.hit(source);
    if (!hit.allowance.is_allowed) co_return hit;

    const Instant asked_at = clock_.now();
    Count counted;
    std::exception_ptr failure;
    try {
        counted = co_await count(source);
    } catch (...) {
        failure = std::current_exception();
    }
    if (!counted.row) own_.take_back(source);
    if (failure) std::rethrow_exception(failure);
    if (!counted.row) refusals_.remember(source, asked_at + counted.wait);
    hit.row = counted.row;
    hit.allowance = allowance_of(counted);
    co_return hit;
}

awaitable<void> DatabaseLimit::keep(Hit /*hit*/) {
    co_return;
}

awaitable<void> DatabaseLimit::take_back(Hit hit) {
    own_.take_back(hit.source);
    try {
        awaitable<void> uncounted = uncount(*hit.row);
        co_await finish_within(longest_take_back, std::move(uncounted), "The database takes too long.");
    } catch (const std::exception& failure) {
        log::warning("a hit of a limit is not taken back", {{"limit", name_}, {"error", failure.what()}});
    }
}

awaitable<DatabaseLimit::Count> DatabaseLimit::count(std::string source) {
    std::vector<db::Statement> transaction;
    transaction.push_back(commit_without_waiting());
    transaction.push_back(take_turn(name_, source));
    transaction.push_back(count_if_there_is_room(name_, source, rate()));
    transaction.push_back(prune(name_, rate(), rows_pruned_per_hit));
    try {
        const std::optional<std::vector<db::Rows>> results = co_await db_.write(std::move(transaction));
        co_return Count::read((*results)[2].front(), rate());
    } catch (const db::OutcomeUnknown&) {
        // Its text speaks of something stored. If the hit is there, it counts.
        throw Error(ErrorKind::unavailable, "The service lost its database for a moment. Please try again.",
                    seconds(1));
    }
}

/// As RateLimiter says it.
Allowance DatabaseLimit::allowance_of(const Count& count) const {
    Allowance allowance{.is_allowed = count.row.has_value(), .remaining = rate().count - count.hits};
    if (allowance.remaining == 0) allowance.retry_after = std::max(ceil<seconds>(count.wait), seconds(1));
    return allowance;
}

awaitable<void> DatabaseLimit::uncount(std::int64_t row) {
    std::vector<db::Statement> transaction;
    transaction.push_back(commit_without_waiting());
    transaction.push_back(db::sql("DELETE FROM limit_hits WHERE id = $1", row));
    co_await db_.write(std::move(transaction));
}

}  // namespace alma::limits
