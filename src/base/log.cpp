#include "base/log.hpp"

#include "base/json.hpp"
#include "base/time.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace alma::log {
namespace {

Format& format() {
    static Format chosen = Format::text;
    return chosen;
}

// spdlog gives levels, locking and flushing; the line itself is ours, so its own pattern is the bare message.
spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto made =
            std::make_shared<spdlog::logger>("alma", std::make_shared<spdlog::sinks::stdout_sink_mt>());
        made->set_pattern("%v");
        made->flush_on(spdlog::level::info);
        return made;
    }();
    return *instance;
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
std::string json_line(Level level, std::string_view event, Fields fields) {
    std::string line =
        fmt::format(R"({{"time":"{}Z","level":"{}","event":)", to_text(SystemClock().now()), name_of(level));
    write_json(line, event);
    for (const Field& field : fields) {
        line += ',';
        write_json(line, field.name);
        line += ':';
        append_value(line, field);
    }
    line += '}';
    return line;
}

/// 2025-09-26T19:42:27.248539Z info    lead submitted lead="550e..."
std::string text_line(Level level, std::string_view event, Fields fields) {
    std::string line = fmt::format("{}Z {:7} {}", to_text(SystemClock().now()), name_of(level), event);
    for (const Field& field : fields) {
        line += ' ';
        line += field.name;
        line += '=';
        append_value(line, field);
    }
    return line;
}

}  // namespace

void configure(Level least, Format chosen) {
    format() = chosen;
    logger().set_level(spdlog_level(least));
}

bool is_enabled(Level level) {
    return logger().should_log(spdlog_level(level));
}

void write(Level level, std::string_view event, Fields fields) {
    if (!is_enabled(level)) return;
    const std::string line =
        format() == Format::json ? json_line(level, event, fields) : text_line(level, event, fields);
    logger().log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace alma::log
