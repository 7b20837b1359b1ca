/// Requests by route, method and status, and how long they took.
#pragma once

#include "http/server.hpp"

#include <prometheus/collectable.h>

#include <cstddef>
#include <memory>
#include <span>

namespace alma::app {

/// Counts without locks and without sharing: each thread adds to a block of its own, and only a scrape sums
/// them up. Costs a request three additions in memory that no other core writes.
///
/// alma_http_requests_total{method,route,status}: the route as in the OpenAPI document, or "none" when none
/// matched, so that no client can make labels.
/// alma_http_request_duration_seconds{method,route}: a histogram from 0.1 ms to 10 s. It begins when the
/// header is whole and ends when the kernel has taken the last byte of the answer: the body of a slow client
/// counts, its header does not.
class HttpMetrics final : public prometheus::Collectable {
public:
    /// @param routes outlive the object: an Exchange points at them
    /// @param threads that will count; more share blocks
    HttpMetrics(std::span<const http::Route> routes, std::size_t threads);
    ~HttpMetrics() override;

    void count(const http::Exchange& exchange) noexcept;

    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

private:
    struct Cell;
    std::span<const http::Route> routes_;
    std::size_t threads_;
    std::unique_ptr<Cell[]> cells_;  ///< by thread, then by route; one more route for "none"
};

}  // namespace alma::app
