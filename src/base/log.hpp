/// Structured logs on standard output: one line an event, as text on a terminal and as JSON elsewhere.
///
///     log::info("lead submitted", {{"lead", uuid}, {"bytes", size}});
///
/// May be called from any thread. Never pass a password, a token, a query string or a prospect's data.
#pragma once

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

/// Before the first event, and once. Without it: info, text.
void configure(Level least, Format format);

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
