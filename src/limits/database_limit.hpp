/// The limit of all processes on one PostgreSQL database.
#pragma once

#include "limits/limit.hpp"
#include "limits/refusals.hpp"

namespace alma::limits {

/// Counts in the table limit_hits, by the database's clock. Each hit that this process cannot refuse by
/// itself is one transaction, in which hits of the same source take turns; so of those that come to several
/// processes at the same moment, exactly as many are allowed as of those that come one after the other.
///
/// A source that used up its rate here is refused without a query until it may come back; one that used it up
/// elsewhere is asked about again each second, by at most as many hits as the rate has.
///
/// Each of these transactions also deletes a few hits that are over, others than those that others delete at
/// the same time.
///
/// The transaction does not wait for the disk. What a hit allows is committed after it, and a commit that is
/// durable makes durable what was committed before: a lead never outlives its hit. A crash of the server may
/// forget hits of its last second that led to nothing stored (refused submissions, failed logins).
class DatabaseLimit final : public Limit {
public:
    DatabaseLimit(std::string name, Rate rate, const Clock& clock, db::Database& db);

    [[nodiscard]] Rate rate() const override { return own_.rate(); }
    /// The database forgets nothing; this deletes what is over and was not deleted by later hits.
    awaitable<void> restore() override;
    [[nodiscard]] Allowance look(const std::string& source) override;
    awaitable<Hit> hit(std::string source) override;
    awaitable<void> keep(Hit hit) override;  ///< nothing: it was written when it was counted
    awaitable<void> take_back(Hit hit) override;

private:
    struct Count;
    awaitable<Count> count(std::string source);
    [[nodiscard]] Allowance allowance_of(const Count& count) const;
    awaitable<void> uncount(std::int64_t row);

    const std::string name_;
    const Clock& clock_;
    db::Database& db_;
    RateLimiter own_;  ///< what this process has in the table, or is about to
    Refusals refusals_;
};

}  // namespace alma::limits
