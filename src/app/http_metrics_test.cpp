#include "app/http_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <thread>

namespace alma::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class HttpMetricsTest : public ::testing::Test {
protected:
    [[nodiscard]] std::string scrape() const {
        return prometheus::TextSerializer().prometheus::Serializer::Serialize(metrics.Collect());
    }

    void count(const http::Route* route, unsigned status, std::chrono::nanoseconds duration = 0ns) {
        http::Exchange exchange;
        exchange.route = route;
        exchange.path = "/evil";
        exchange.status = status;
        exchange.duration = duration;
        metrics.count(exchange);
    }

    const std::vector<http::Route> routes = {
        {http::Method::get, "/leads/", http::Access::attorney, 0, {}, nullptr},
        {http::Method::post, "/leads/", http::Access::anyone, 0, {}, nullptr}};
    HttpMetrics metrics{routes, 2};
};

TEST_F(HttpMetricsTest, RequestsAreCountedByRouteMethodAndStatus) {
    count(&routes[1], 200, 3ms);
    count(&routes[1], 200, 20s);
    count(&routes[0], 401, 1us);
    EXPECT_THAT(
        scrape(),
        AllOf(HasSubstr("alma_http_requests_total{method=\"POST\",route=\"/leads/\",status=\"200\"} 2"),
              HasSubstr("alma_http_requests_total{method=\"GET\",route=\"/leads/\",status=\"401\"} 1"),
              HasSubstr("request_duration_seconds_bucket{method=\"POST\",route=\"/leads/\",le=\"0.0025\"} 0"),
              HasSubstr("request_duration_seconds_bucket{method=\"POST\",route=\"/leads/\",le=\"0.005\"} 1"),
              HasSubstr("request_duration_seconds_bucket{method=\"POST\",route=\"/leads/\",le=\"+Inf\"} 2"),
              HasSubstr("request_duration_seconds_sum{method=\"POST\",route=\"/leads/\"} 20.003")));
}

TEST_F(HttpMetricsTest, WhatMatchedNoRouteMakesNoLabels) {
    count(nullptr, 404);
    EXPECT_THAT(scrape(), AllOf(HasSubstr("{method=\"none\",route=\"none\",status=\"404\"} 1"),
                                Not(HasSubstr("evil"))));
}

TEST_F(HttpMetricsTest, EveryStatusOfOursIsCountedAsItself) {
    for (unsigned status = 100; status < 600; ++status) {
        if (http::reason_of(static_cast<http::Status>(status)).empty()) continue;
        count(nullptr, status);
        EXPECT_THAT(scrape(), HasSubstr(fmt::format("status=\"{}\"}} 1", status)));
    }
}

TEST_F(HttpMetricsTest, AStatusNeverHeardOfCountsToItsHundred) {
    count(&routes[0], 418);
    count(&routes[0], 999);
    EXPECT_THAT(scrape(), AllOf(HasSubstr("status=\"400\"} 1"), HasSubstr("status=\"500\"} 1")));
}

TEST_F(HttpMetricsTest, NoneIsLostBetweenThreads) {
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([this] {
                for (int i = 0; i < 10'000; ++i)
                    count(&routes[0], 200, 1ms);
            });
        }
    }
    EXPECT_THAT(scrape(), HasSubstr("status=\"200\"} 40000"));
}

}  // namespace
}  // namespace alma::app
