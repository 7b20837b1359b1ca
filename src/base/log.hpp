/// Structured logs on standard output: one line an event, as text on a terminal and as JSON elsewhere.
///
///     log::info("lead submitted", {{"lead", uuid}, {"bytes", size}});
///
/// May be called from any thread, and never waits for whoever reads standard output: a thread of the log's
/// own writes (LineWriter). Never pass a password, a token, a query string or a prospect's data.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace alma::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

/// One named value of an event. Views the caller's text: lives as long as the call.
struct Field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;

    Field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
    Field(std::string_view field_name, const char* text) : name(field_name), value(std::string_view(text)) {}
    Field(std::string_view field_name, const std::string& text)
        : name(field_name), value(std::string_view(text)) {}
    Field(std::string_view field_name, std::same_as<bool> auto flag) : name(field_name), value(flag) {}
    Field(std::string_view field_name, double number) : name(field_name), value(number) {}
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    Field(std::string_view field_name, T number)
        : name(field_name), value(static_cast<std::int64_t>(number)) {}
};

using Fields = std::initializer_list<Field>;

/// When lines leave the process.
enum class Flush {
    at_once,   ///< each line as it is written
    in_blocks  ///< when 64 KiB or the lines of 200 ms are waiting, and at once for warnings and errors: a
               ///< busy server must not pay a system call per request
};

/// Before the first event, once. Without it: info, text, at once.
void configure(Level least, Format format, Flush when = Flush::at_once);

/// Waits until what was logged has left the process, but no longer than said: before ending it, for one.
void flush(std::chrono::milliseconds longest = std::chrono::seconds(1));

/// Lines that nobody took in time, since the start; for metrics.
[[nodiscard]] std::uint64_t dropped_lines();

/// What whoever starts the program must see, at every level: in text without time and level, so that it can
/// be read and copied; in JSON as an event like any other.
void announce(std::string_view event);

[[nodiscard]] bool is_enabled(Level level);

/// No value can forge a line: control characters are escaped in both formats.
void write(Level level, std::string_view event, Fields fields = {});

inline void debug(std::string_view event, Fields fields = {}) {
    write(Level::debug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
    write(Level::info, event, fields);
}
inline void warning(std::string_view event, Fields fields = {}) {
    write(Level::warning, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
    write(Level::error, event, fields);
}

}  // namespace alma::log
