#include "base/log.hpp"

#include "base/json.hpp"
#include "base/time.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <mutex>

namespace alma::log {
namespace {

/// Standard output through a buffer of ours: spdlog's own sink makes a system call per line.
class OutputSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    void write_in_blocks() {
        const std::lock_guard lock(mutex_);
        block_bytes_ = 64 * 1024;
    }

private:
    void sink_it_(const spdlog::details::log_msg& line) override {
        waiting_.append(line.payload.data(), line.payload.size());
        waiting_ += '\n';
        if (waiting_.size() >= block_bytes_) flush_();
    }

    void flush_() override {
        // A log that cannot be written (a closed pipe, a full disk) must not stop the service.
        [[maybe_unused]] const std::size_t written = std::fwrite(waiting_.data(), 1, waiting_.size(), stdout);
        std::fflush(stdout);
        waiting_.clear();
    }

    std::size_t block_bytes_ = 0;
    std::string waiting_;
};

struct Output {
    std::shared_ptr<OutputSink> sink = std::make_shared<OutputSink>();
    // spdlog gives levels, locking and flushing; the line itself is ours.
    spdlog::logger logger{"alma", sink};
    Format format = Format::text;

    Output() { logger.flush_on(spdlog::level::warn); }
    ~Output() { logger.flush(); }
};

Output& output() {
    static Output instance;
    return instance;
}

constexpr spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

constexpr std::string_view name_of(Level level) {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warning:
            return "warning";
        case Level::error:
            return "error";
    }
    return "info";
}

void append_value(std::string& line, const Field& field) {
    std::visit(
        [&](const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, double>) {
                fmt::format_to(std::back_inserter(line), "{:.6g}", value);
            } else {
                write_json(line, value);
            }
        },
        field.value);
}

/// {"time":"...Z","level":"info","event":"lead submitted","lead":"550e..."}
void append_json(std::string& line, Level level, std::string_view event, Fields fields) {
    fmt::format_to(std::back_inserter(line), R"({{"time":"{}Z","level":"{}","event":)",
                   to_text(SystemClock().now()), name_of(level));
    write_json(line, event);
    for (const Field& field : fields) {
        line += ',';
        write_json(line, field.name);
        line += ':';
        append_value(line, field);
    }
    line += '}';
}

/// 2025-09-26T19:42:27.248539Z info    lead submitted lead="550e..."
void append_text(std::string& line, Level level, std::string_view event, Fields fields) {
    fmt::format_to(std::back_inserter(line), "{}Z {:7} {}", to_text(SystemClock().now()), name_of(level),
                   event);
    for (const Field& field : fields) {
        line += ' ';
        line += field.name;
        line += '=';
        append_value(line, field);
    }
}

}  // namespace

void configure(Level least, Format format, Flush when) {
    output().format = format;
    output().logger.set_level(spdlog_level(least));
    if (when == Flush::in_blocks) output().sink->write_in_blocks();
}

void flush() {
    output().logger.flush();
}

bool is_enabled(Level level) {
    return output().logger.should_log(spdlog_level(level));
}

void write(Level level, std::string_view event, Fields fields) {
    if (!is_enabled(level)) return;
    thread_local std::string line;  // kept, so that a line costs no allocation
    line.clear();
    if (output().format == Format::json) {
        append_json(line, level, event, fields);
    } else {
        append_text(line, level, event, fields);
    }
    output().logger.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

void announce(std::string_view event) {
    std::string line(event);
    if (output().format == Format::json) {
        line.clear();
        append_json(line, Level::info, event, {});
    }
    output().logger.log(spdlog::level::critical, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace alma::log
