#include "base/log.hpp"

#include "base/json.hpp"
#include "base/line_writer.hpp"
#include "base/time.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>

namespace alma::log {
namespace {

std::string notice_of(std::uint64_t dropped);

struct Output {
    std::atomic<Level> least = Level::info;
    std::atomic<Format> format = Format::text;
    std::atomic<Flush> when = Flush::at_once;
    LineWriter lines{STDOUT_FILENO, notice_of};
};

Output& output() {
    static Output instance;
    return instance;
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
                std::array<char, 32> digits{};
                const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                                        std::chars_format::general, 6);
                line.append(digits.data(), end);
            } else {
                write_json(line, value);
            }
        },
        field.value);
}

/// {"time":"...Z","level":"info","event":"lead submitted","lead":"550e..."}
void append_json(std::string& line, Level level, std::string_view event, Fields fields) {
    // Not fmt: a request waits for its line.
    line += R"({"time":")";
    append_text(line, SystemClock().now());
    line += R"(Z","level":")";
    line += name_of(level);
    line += R"(","event":)";
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

void append(std::string& line, Level level, std::string_view event, Fields fields) {
    if (output().format == Format::json) {
        append_json(line, level, event, fields);
    } else {
        append_text(line, level, event, fields);
    }
}

std::string notice_of(std::uint64_t dropped) {
    std::string line;
    append(line, Level::warning, "lines of the log were dropped: nobody took them", {{"lines", dropped}});
    return line;
}

}  // namespace

void configure(Level least, Format format, Flush when) {
    output().format = format;
    output().least = least;
    output().when = when;
}

void flush(std::chrono::milliseconds longest) {
    output().lines.flush(longest);
}

std::uint64_t dropped_lines() {
    return output().lines.dropped();
}

bool is_enabled(Level level) {
    return level >= output().least;
}

void write(Level level, std::string_view event, Fields fields) {
    if (!is_enabled(level)) return;
    thread_local std::string line;  // kept, so that a line costs no allocation
    line.clear();
    append(line, level, event, fields);
    output().lines.add(line, level >= Level::warning || output().when == Flush::at_once);
}

void announce(std::string_view event) {
    std::string line(event);
    if (output().format == Format::json) {
        line.clear();
        append_json(line, Level::info, event, {});
    }
    output().lines.add(line, true);
}

}  // namespace alma::log
