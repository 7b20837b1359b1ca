/// What operators see of the outbox.
#pragma once

#include "mail/outbox.hpp"
#include "mail/outbox_store.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>

namespace alma::mail {

enum class AttemptResult { sent, temporary_failure, permanent_failure };
BOOST_DESCRIBE_ENUM(AttemptResult, sent, temporary_failure, permanent_failure)

/// All series exist from the start, at 0.
class OutboxMetrics {
public:
    explicit OutboxMetrics(prometheus::Registry& registry);

    prometheus::Counter& attempts(MailKind kind, AttemptResult result) {
        return *attempts_[static_cast<std::size_t>(kind)][static_cast<std::size_t>(result)];
    }
    prometheus::Counter& failed(MailKind kind) { return *failed_[static_cast<std::size_t>(kind)]; }
    prometheus::Counter& recipients_refused() { return *recipients_refused_; }
    prometheus::Counter& owed_to_nobody() { return *owed_to_nobody_; }
    /// In depth and age.
    void show(const OutboxSize& size, Instant now);
    prometheus::Gauge& depth() { return *depth_; }
    prometheus::Gauge& oldest_age() { return *oldest_age_; }

private:
    std::array<std::array<prometheus::Counter*, 3>, 4> attempts_{};
    std::array<prometheus::Counter*, 4> failed_{};
    prometheus::Counter* recipients_refused_ = nullptr;
    prometheus::Counter* owed_to_nobody_ = nullptr;
    prometheus::Gauge* depth_ = nullptr;
    prometheus::Gauge* oldest_age_ = nullptr;
};

}  // namespace alma::mail
