#include "app/probes.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"

#include <boost/describe/class.hpp>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace alma::app {
namespace {

struct NotReady {
    std::string detail;
    std::vector<std::string> failing;
};
BOOST_DESCRIBE_STRUCT(NotReady, (), (detail, failing))

/// Adds `part` when its check throws.
awaitable<void> check(std::string part, awaitable<void> passes, std::vector<std::string>& failing) {
    try {
        co_await std::move(passes);
    } catch (const std::exception& failure) {
        log::warning("not ready", {{"part", part}, {"error", failure.what()}});
        failing.push_back(std::move(part));
    }
}

}  // namespace

Probes::Probes(db::Database& db, storage::ObjectStore& objects, int schema_version,
               std::vector<const prometheus::Collectable*> metrics)
    : db_(db), objects_(objects), schema_version_(schema_version), metrics_(std::move(metrics)) {}

awaitable<http::Response> Probes::health(http::Request&) {
    http::Response response = http::json_response(http::Status::ok, R"({"status":"ok"})");
    response.with("Cache-Control", "no-store");
    co_return response;
}

awaitable<void> Probes::check_migrations() {
    static constexpr std::string_view newest = "SELECT max(version) FROM schema_migrations";
    const db::Rows rows = co_await db_.read(db::sql(newest));
    const auto version = rows.front().get<std::optional<std::int64_t>>(0).value_or(0);
    if (version != schema_version_)
        throw std::runtime_error(
            fmt::format("the schema is at version {}, and this binary needs {}", version, schema_version_));
}

awaitable<std::vector<std::string>> Probes::failing_parts() {
    {
        const std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        if (now - checked_at_ < std::chrono::seconds(1)) co_return last_failing_;
        checked_at_ = now;  // before the answer is known: others are told the last one meanwhile
    }
    std::vector<std::string> failing;
    co_await check("database", db_.check(), failing);
    if (failing.empty()) co_await check("migrations", check_migrations(), failing);
    co_await check("store", objects_.check(), failing);
    const std::lock_guard lock(mutex_);
    last_failing_ = failing;
    co_return failing;
}

awaitable<http::Response> Probes::readiness(http::Request&) {
    std::vector<std::string> failing;
    if (is_draining_) {
        failing.emplace_back("draining");
    } else {
        failing = co_await failing_parts();
    }
    http::Response response = http::json_response(http::Status::ok, R"({"status":"ok"})");
    if (!failing.empty()) {
        const NotReady body{.detail = fmt::format("Not ready: {}", fmt::join(failing, ", ")),
                            .failing = failing};
        response = http::json_response(http::Status::service_unavailable, to_json(body));
        response.with("Retry-After", "1");
    }
    response.with("Cache-Control", "no-store");
    co_return response;
}

awaitable<http::Response> Probes::metrics(http::Request&) {
    std::vector<prometheus::MetricFamily> families;
    for (const prometheus::Collectable* part : metrics_)
        std::ranges::move(part->Collect(), std::back_inserter(families));
    const prometheus::TextSerializer text;
    http::Response response =
        http::text_response(http::Status::ok, text.prometheus::Serializer::Serialize(families));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.with("Cache-Control", "no-store");
    co_return response;
}

}  // namespace alma::app
