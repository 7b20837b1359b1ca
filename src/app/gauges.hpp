/// Values that are read when they are scraped.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_type.h>

#include <functional>
#include <string>
#include <vector>

namespace alma::app {

/// Values by name, read at each scrape. The functions may be called from any event loop.
class Gauges final : public prometheus::Collectable {
public:
    void add(std::string name, std::string help, std::function<double()> read,
             prometheus::MetricType type = prometheus::MetricType::Gauge);

    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

private:
    struct Entry {
        std::string name;
        std::string help;
        std::function<double()> read;
        prometheus::MetricType type;
    };
    std::vector<Entry> entries_;
};

/// process_resident_memory_bytes, process_open_fds, process_cpu_seconds_total and process_start_time_seconds,
/// by the names that every Prometheus client uses.
void add_process_gauges(Gauges& gauges);

}  // namespace alma::app
