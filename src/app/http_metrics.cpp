#include "app/http_metrics.hpp"

#include <prometheus/metric_family.h>

#include <array>
#include <atomic>
#include <limits>

namespace alma::app {
namespace {

/// Those that the service answers with; another one is counted as the first of its hundred.
constexpr std::array<unsigned, 27> statuses = {200, 204, 206, 302, 303, 304, 308, 400, 401,
                                               403, 404, 405, 408, 409, 412, 413, 414, 415,
                                               416, 417, 422, 429, 431, 500, 501, 503, 505};

constexpr std::size_t index_of(unsigned status) {
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        if (statuses[i] == status) return i;
    }
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        if (statuses[i] / 100 == status / 100) return i;
    }
    return index_of(500);
}

// From a read that SQLite answers from memory to an upload over a phone.
constexpr std::array<double, 16> bounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                           0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};

std::size_t bucket_of(double seconds) {
    return static_cast<std::size_t>(std::ranges::lower_bound(bounds, seconds) - bounds.begin());
}

using Counter = std::atomic<std::uint64_t>;

void add(Counter& counter, std::uint64_t amount = 1) {
    counter.fetch_add(amount, std::memory_order_relaxed);
}
std::uint64_t value_of(const Counter& counter) {
    return counter.load(std::memory_order_relaxed);
}

std::size_t number_of_this_thread() {
    static std::atomic<std::size_t> numbers = 0;
    thread_local const std::size_t number = numbers.fetch_add(1);
    return number;
}

std::vector<prometheus::ClientMetric::Label> labels_of(const http::Route* route) {
    return {{"method", route == nullptr ? "none" : std::string(to_text(route->method))},
            {"route", route == nullptr ? "none" : std::string(route->path)}};
}

}  // namespace

/// A cache line of its own at least, so that threads do not disturb each other.
struct alignas(64) HttpMetrics::Cell {
    std::array<Counter, statuses.size()> by_status{};
    std::array<Counter, bounds.size() + 1> by_duration{};
    Counter nanoseconds{};
};

HttpMetrics::HttpMetrics(std::span<const http::Route> routes, std::size_t threads)
    : routes_(routes),
      threads_(std::max<std::size_t>(threads, 1)),
      cells_(std::make_unique<Cell[]>(threads_ * (routes.size() + 1))) {}

HttpMetrics::~HttpMetrics() = default;

void HttpMetrics::count(const http::Exchange& exchange) noexcept {
    const std::size_t route = exchange.route == nullptr
                                  ? routes_.size()
                                  : static_cast<std::size_t>(exchange.route - routes_.data());
    Cell& cell = cells_[number_of_this_thread() % threads_ * (routes_.size() + 1) + route];
    add(cell.by_status[index_of(exchange.status)]);
    add(cell.by_duration[bucket_of(std::chrono::duration<double>(exchange.duration).count())]);
    add(cell.nanoseconds, static_cast<std::uint64_t>(exchange.duration.count()));
}

std::vector<prometheus::MetricFamily> HttpMetrics::Collect() const {
    prometheus::MetricFamily requests{.name = "alma_http_requests_total",
                                      .help = "Answered requests.",
                                      .type = prometheus::MetricType::Counter,
                                      .metric = {}};
    prometheus::MetricFamily durations{
        .name = "alma_http_request_duration_seconds",
        .help = "From the whole header of a request to the last byte of its answer.",
        .type = prometheus::MetricType::Histogram,
        .metric = {}};
    for (std::size_t route = 0; route <= routes_.size(); ++route) {
        Cell sum;
        for (std::size_t thread = 0; thread < threads_; ++thread) {
            const Cell& cell = cells_[thread * (routes_.size() + 1) + route];
            for (std::size_t i = 0; i < statuses.size(); ++i)
                add(sum.by_status[i], value_of(cell.by_status[i]));
            for (std::size_t i = 0; i < sum.by_duration.size(); ++i)
                add(sum.by_duration[i], value_of(cell.by_duration[i]));
            add(sum.nanoseconds, value_of(cell.nanoseconds));
        }
        const auto labels = labels_of(route == routes_.size() ? nullptr : &routes_[route]);

        for (std::size_t i = 0; i < statuses.size(); ++i) {
            if (value_of(sum.by_status[i]) == 0) continue;
            prometheus::ClientMetric& metric = requests.metric.emplace_back();
            metric.label = labels;
            metric.label.push_back({"status", std::to_string(statuses[i])});
            metric.counter.value = static_cast<double>(value_of(sum.by_status[i]));
        }

        prometheus::ClientMetric histogram;
        histogram.label = labels;
        for (std::size_t i = 0; i < sum.by_duration.size(); ++i) {
            histogram.histogram.sample_count += value_of(sum.by_duration[i]);
            histogram.histogram.bucket.push_back(
                {.cumulative_count = histogram.histogram.sample_count,
                 .upper_bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity()});
        }
        histogram.histogram.sample_sum = static_cast<double>(value_of(sum.nanoseconds)) / 1e9;
        if (histogram.histogram.sample_count > 0) durations.metric.push_back(std::move(histogram));
    }
    return {std::move(requests), std::move(durations)};
}

}  // namespace alma::app
