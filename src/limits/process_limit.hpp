/// The limit of a process that has its database to itself.
#pragma once

#include "limits/limit.hpp"

namespace alma::limits {

/// Counts in memory, so that nobody waits for the database, and writes down what a restart must not forget.
class ProcessLimit final : public Limit {
public:
    ProcessLimit(std::string name, Rate rate, const Clock& clock, db::Database& db);

    [[nodiscard]] Rate rate() const override { return limiter_.rate(); }
    awaitable<void> restore() override;
    [[nodiscard]] Allowance look(const std::string& source) override { return limiter_.look(source); }
    awaitable<Hit> hit(std::string source) override;
    awaitable<void> keep(Hit hit) override;
    awaitable<void> take_back(Hit hit) override;

private:
    awaitable<void> write_down(std::string source);

    const std::string name_;
    const Clock& clock_;
    db::Database& db_;
    RateLimiter limiter_;
};

}  // namespace alma::limits
