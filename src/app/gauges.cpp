#include "app/gauges.hpp"

#include <prometheus/metric_family.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

namespace alma::app {
namespace {

double resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    double pages_in_all = 0;
    double resident_pages = 0;
    statm >> pages_in_all >> resident_pages;
    return resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_files() {
    std::error_code error;
    const std::filesystem::directory_iterator entries("/proc/self/fd", error);
    // One of them is the directory that is being read.
    return error ? 0 : static_cast<double>(std::distance(begin(entries), end(entries)) - 1);
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double seconds_since_epoch() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

void Gauges::add(std::string name, std::string help, std::function<double()> read,
                 prometheus::MetricType type) {
    entries_.push_back({std::move(name), std::move(help), std::move(read), type});
}

std::vector<prometheus::MetricFamily> Gauges::Collect() const {
    std::vector<prometheus::MetricFamily> families;
    for (const Entry& entry : entries_) {
        prometheus::ClientMetric metric;
        if (entry.type == prometheus::MetricType::Counter) {
            metric.counter.value = entry.read();
        } else {
            metric.gauge.value = entry.read();
        }
        prometheus::MetricFamily& family = families.emplace_back();
        family.name = entry.name;
        family.help = entry.help;
        family.type = entry.type;
        family.metric.push_back(std::move(metric));
    }
    return families;
}

void add_process_gauges(Gauges& gauges) {
    gauges.add("process_resident_memory_bytes", "Resident memory.", resident_bytes);
    gauges.add("process_open_fds", "Open file descriptors.", open_files);
    gauges.add("process_cpu_seconds_total", "User and system time.", cpu_seconds,
               prometheus::MetricType::Counter);
    gauges.add("process_start_time_seconds", "Start of the process, since the epoch.",
               [started = seconds_since_epoch()] { return started; });
}

}  // namespace alma::app
