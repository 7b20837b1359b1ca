/// What operators and their tools ask: is it alive, is it usable, how is it doing.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"
#include "storage/object_store.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace alma::app {

/// May be used from every event loop at once.
class Probes {
public:
    /// @param schema_version the newest migration that the binary knows
    /// @param interval for which an answer about readiness holds
    Probes(db::Database& db, storage::ObjectStore& objects, int schema_version,
           std::vector<const prometheus::Collectable*> metrics,
           std::chrono::milliseconds interval = std::chrono::seconds(1));

    /// GET /healthz: the process answers. Asks nothing else, so that a broken database restarts no process.
    awaitable<http::Response> health(http::Request& request);
    /// GET /readyz: 200 when database, migrations and store work, else 503 with the names of those that do
    /// not. Asks them once in an interval, and never twice at a time, whoever calls: who comes meanwhile gets
    /// the last answer, or 503 ("starting") before there is one. The log says when a part begins to fail, and
    /// why, and when it is well again.
    awaitable<http::Response> readiness(http::Request& request);
    /// GET /metrics: Prometheus' text format, version 0.0.4. With alma_part_ready{part}, 1 or 0, as readiness
    /// would answer; absent before the first check has ended.
    awaitable<http::Response> metrics(http::Request& request);

    static const http::Operation health_operation;
    static const http::Operation readiness_operation;
    static const http::Operation metrics_operation;
    static std::vector<http::Schema> schemas();  ///< Health

    /// Before serving starts.
    void add(const prometheus::Collectable& metrics) { metrics_.push_back(&metrics); }
    /// A further part that must work, and what throws when it does not. Before serving starts.
    void require(std::string part, std::function<awaitable<void>()> check) {
        parts_.emplace_back(std::move(part), std::move(check));
    }

    /// From now on not ready: load balancers are to send no more.
    void drain() { is_draining_ = true; }

private:
    struct Failing {
        std::string part;
        std::string error;
    };

    class Check;

    [[nodiscard]] std::optional<std::vector<std::string>> known_or_begin();
    awaitable<std::vector<std::string>> failing_parts();
    [[nodiscard]] prometheus::MetricFamily ready_parts(const std::vector<std::string>& failing) const;
    std::vector<std::string> keep(const std::vector<Failing>& failing);
    awaitable<void> check_migrations();

    db::Database& db_;
    storage::ObjectStore& objects_;
    const int schema_version_;
    const std::chrono::milliseconds interval_;
    std::vector<const prometheus::Collectable*> metrics_;
    std::vector<std::pair<std::string, std::function<awaitable<void>()>>> parts_;
    std::atomic<bool> is_draining_ = false;

    std::mutex mutex_;
    std::optional<std::vector<std::string>> last_failing_;  ///< absent before the first check has ended
    std::chrono::steady_clock::time_point checked_at_{};    ///< when it ended
    bool is_checking_ = false;
};

}  // namespace alma::app
