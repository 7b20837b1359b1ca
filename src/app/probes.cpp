#include "app/probes.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"

#include <boost/asio/error.hpp>
#include <boost/describe/class.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/system_error.hpp>
#include <prometheus/text_serializer.h>

namespace alma::app {
namespace {

struct NotReady {
    std::string detail;
    std::vector<std::string> failing;
};
BOOST_DESCRIBE_STRUCT(NotReady, (), (detail, failing))

constexpr std::string_view database = "database", migrations = "migrations", store = "store";
/// What "fails" before the first check has ended.
constexpr std::string_view starting = "starting";

/// Adds `part` when its check throws.
template <class Failing>
awaitable<void> check(std::string_view part, awaitable<void> passes, std::vector<Failing>& failing) {
    try {
        co_await std::move(passes);
    } catch (const boost::system::system_error& failure) {
        // Who asked has gone: that says nothing of the part.
        if (failure.code() == asio::error::operation_aborted) throw;
        failing.push_back({.part = std::string(part), .error = failure.what()});
    } catch (const std::exception& failure) {
        failing.push_back({.part = std::string(part), .error = failure.what()});
    }
}

constexpr std::string_view tag = "Operation";
constexpr http::Failure not_ready[] = {{.status = 503, .detail = "Not ready: database, store"}};

}  // namespace

const http::Operation Probes::health_operation{
    .id = "health",
    .tag = tag,
    .summary = "Is the process alive?",
    .description = "Asks nothing else, so that a database that is down restarts no process.",
    .answer_schema = "Health",
};

const http::Operation Probes::readiness_operation{
    .id = "readiness",
    .tag = tag,
    .summary = "Can the service be used?",
    .description =
        "Database, schema and store of resumes. `failing` has the names of those that cannot be used.",
    .answer_schema = "Health",
    .failures = not_ready,
};

const http::Operation Probes::metrics_operation{
    .id = "metrics",
    .tag = tag,
    .summary = "Metrics for Prometheus",
    .answer_type = "text/plain",
};

std::vector<http::Schema> Probes::schemas() {
    static constexpr std::string_view health = R"({
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"type": "string", "const": "ok"}}
    })";
    std::vector<http::Schema> schemas;
    schemas.push_back({.name = "Health", .schema = boost::json::parse(health).as_object()});
    return schemas;
}

Probes::Probes(db::Database& db, storage::ObjectStore& objects, int schema_version,
               std::vector<const prometheus::Collectable*> metrics, std::chrono::milliseconds interval)
    : db_(db),
      objects_(objects),
      schema_version_(schema_version),
      interval_(interval),
      metrics_(std::move(metrics)) {}

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

/// One that has begun, until it ends, with an answer or without.
class Probes::Check {
public:
    explicit Check(Probes& probes) : probes_(probes) {}
    ~Check() {
        const std::lock_guard lock(probes_.mutex_);
        probes_.is_checking_ = false;
    }
    Check(const Check&) = delete;
    Check& operator=(const Check&) = delete;

private:
    Probes& probes_;
};

/// The last answer, when it is young or another one is being found. Otherwise nothing, and the caller's check
/// has begun.
std::optional<std::vector<std::string>> Probes::known_or_begin() {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (last_failing_ && (is_checking_ || now - checked_at_ < interval_)) return last_failing_;
    if (is_checking_) return std::vector{std::string(starting)};
    is_checking_ = true;
    return std::nullopt;
}

awaitable<std::vector<std::string>> Probes::failing_parts() {
    if (std::optional<std::vector<std::string>> known = known_or_begin()) co_return std::move(*known);
    const Check begun(*this);
    std::vector<Failing> failing;
    co_await check(database, db_.check(), failing);
    if (failing.empty()) co_await check(migrations, check_migrations(), failing);
    co_await check(store, objects_.check(), failing);
    for (const auto& [part, passes] : parts_)
        co_await check(part, passes(), failing);
    co_return keep(failing);
}

std::vector<std::string> Probes::keep(const std::vector<Failing>& failing) {
    std::vector<std::string> parts;
    parts.reserve(failing.size());
    for (const Failing& now : failing)
        parts.push_back(now.part);
    const std::lock_guard lock(mutex_);
    const std::vector<std::string> before = last_failing_.value_or(std::vector<std::string>());
    // Only what changes: a probe comes every few seconds, for as long as an outage lasts.
    for (const Failing& now : failing) {
        if (std::ranges::count(before, now.part) == 0)
            log::warning("not ready", {{"part", now.part}, {"error", now.error}});
    }
    for (const std::string& part : before) {
        if (std::ranges::count(parts, part) == 0) log::info("ready again", {{"part", part}});
    }
    last_failing_ = parts;
    checked_at_ = std::chrono::steady_clock::now();
    return parts;
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

prometheus::MetricFamily Probes::ready_parts(const std::vector<std::string>& failing) const {
    prometheus::MetricFamily family{.name = "alma_part_ready",
                                    .help = "Whether a part of the service can be used: 1 or 0.",
                                    .type = prometheus::MetricType::Gauge,
                                    .metric = {}};
    if (std::ranges::count(failing, starting) > 0) return family;
    const auto add = [&](std::string_view part) {
        prometheus::ClientMetric& metric = family.metric.emplace_back();
        metric.label = {{"part", std::string(part)}};
        metric.gauge.value = std::ranges::count(failing, part) == 0 ? 1 : 0;
    };
    for (const std::string_view part : {database, migrations, store})
        add(part);
    for (const auto& [part, passes] : parts_)
        add(part);
    return family;
}

awaitable<http::Response> Probes::metrics(http::Request&) {
    std::vector<prometheus::MetricFamily> families;
    families.push_back(ready_parts(co_await failing_parts()));
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
