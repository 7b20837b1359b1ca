#include "limits/process_limit.hpp"

#include "base/log.hpp"

#include <vector>

namespace alma::limits {
namespace {

constexpr std::int64_t restore_page_rows = 10'000;
/// More than one, so that what a quiet time left behind is caught up with.
constexpr std::int64_t rows_pruned_per_hit = 8;

}  // namespace

ProcessLimit::ProcessLimit(std::string name, Rate rate, const Clock& clock, db::Database& db)
    : name_(std::move(name)), clock_(clock), db_(db), limiter_(rate, clock) {}

awaitable<void> ProcessLimit::restore() {
    const Instant expired = clock_.now() - rate().window;
    co_await db_.write(db::sql(R"(
        DELETE FROM limit_hits
        WHERE limit_name = $1 AND hit_at <= $2)",
                               name_, expired));

    Instant last_at = expired;
    std::int64_t last_id = 0;
    std::size_t rows_read = 0;
    do {
        const db::Rows rows = co_await db_.search(db::sql(R"(
            SELECT id, source, hit_at FROM limit_hits
            WHERE limit_name = $1 AND (hit_at, id) > ($2, $3)
            ORDER BY hit_at, id
            LIMIT $4)",
                                                          name_, last_at, last_id, restore_page_rows));
        rows_read = rows.size();
        for (std::size_t i = 0; i < rows_read; ++i) {
            last_id = rows[i].get<std::int64_t>(0);
            last_at = rows[i].get<Instant>(2);
            limiter_.restore_hit(rows[i].get<std::string>(1), last_at);
        }
    } while (rows_read == static_cast<std::size_t>(restore_page_rows));
}

awaitable<Hit> ProcessLimit::hit(std::string source) {
    const Allowance allowance = limiter_.hit(source);
    co_return Hit{.allowance = allowance, .source = std::move(source)};
}

awaitable<void> ProcessLimit::keep(Hit hit) {
    try {
        co_await write_down(std::move(hit.source));
    } catch (const std::exception& failure) {
        // It counts in memory: only a restart would forget this one.
        log::warning("a hit of a limit is not written down", {{"limit", name_}, {"error", failure.what()}});
    }
}

awaitable<void> ProcessLimit::take_back(Hit hit) {
    limiter_.take_back(hit.source);
    co_return;
}

/// Also deletes a few hits that are too old, so that the table stays as small as what counts.
awaitable<void> ProcessLimit::write_down(std::string source) {
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(db::sql(R"(
        INSERT INTO limit_hits (limit_name, source, hit_at)
        VALUES ($1, $2, $3))",
                                  name_, std::move(source), now));
    transaction.push_back(db::sql(R"(
        DELETE FROM limit_hits
        WHERE id IN (SELECT id FROM limit_hits
                     WHERE limit_name = $1 AND hit_at <= $2
                     ORDER BY hit_at
                     LIMIT $3))",
                                  name_, now - rate().window, rows_pruned_per_hit));
    co_await db_.write(std::move(transaction));
}

}  // namespace alma::limits
