#include "http/grammar.hpp"

#include "base/encoding.hpp"

#include <algorithm>
#include <array>

namespace alma::http {
namespace {

constexpr std::size_t max_parameters = 16;

constexpr auto token_chars = [] {
    std::array<bool, 256> table{};
    for (int c = '0'; c <= '9'; ++c)
        table[c] = true;
    for (int c = 'a'; c <= 'z'; ++c)
        table[c] = true;
    for (int c = 'A'; c <= 'Z'; ++c)
        table[c] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

void skip_whitespace(std::string_view& text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
}

/// Reads a token off the front; empty when there is none.
std::string_view take_token(std::string_view& text) {
    const auto end = std::ranges::find_if_not(text, is_token_char);
    const std::string_view token = text.substr(0, end - text.begin());
    text.remove_prefix(token.size());
    return token;
}

/// Reads a quoted string off the front; absent when its end is missing.
std::optional<std::string> take_quoted(std::string_view& text, Escapes escapes) {
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        char c = text[i];
        if (c == '"') {
            text.remove_prefix(i + 1);
            return value;
        }
        if (c == '\\' && i + 1 < text.size() &&
            (escapes == Escapes::any || text[i + 1] == '"' || text[i + 1] == '\\')) {
            c = text[++i];
        }
        value += c;
    }
    return std::nullopt;
}

/// Where the first comma outside of quotes is, or the size.
std::size_t end_of_element(std::string_view text) {
    bool is_quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            is_quoted = !is_quoted;
        } else if (!is_quoted && text[i] == ',') {
            return i;
        }
    }
    return text.size();
}

}  // namespace

bool is_token_char(char c) {
    return token_chars[static_cast<unsigned char>(c)];
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token_char);
}

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view trim_whitespace(std::string_view text) {
    skip_whitespace(text);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split_list(std::string_view text) {
    std::vector<std::string_view> elements;
    while (!text.empty()) {
        const std::size_t end = end_of_element(text);
        const std::string_view element = trim_whitespace(text.substr(0, end));
        if (!element.empty()) elements.push_back(element);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return elements;
}

std::optional<Parameter> take_parameter(std::string_view& text, Escapes escapes) {
    std::string_view rest = text;
    skip_whitespace(rest);
    if (rest.starts_with(';')) {
        rest.remove_prefix(1);
        skip_whitespace(rest);
    }
    Parameter parameter;
    parameter.name = take_token(rest);
    if (parameter.name.empty() || !rest.starts_with('=')) return std::nullopt;
    rest.remove_prefix(1);
    if (rest.starts_with('"')) {
        std::optional<std::string> value = take_quoted(rest, escapes);
        if (!value) return std::nullopt;
        parameter.value = std::move(*value);
    } else {
        parameter.value = take_token(rest);
        if (parameter.value.empty()) return std::nullopt;
    }
    skip_whitespace(rest);
    if (!rest.empty() && rest.front() != ';') return std::nullopt;
    text = rest;
    return parameter;
}

std::optional<std::string_view> MediaType::parameter(std::string_view name) const {
    for (const Parameter& known : parameters) {
        if (equals_ignoring_case(known.name, name)) return known.value;
    }
    return std::nullopt;
}

std::optional<MediaType> parse_media_type(std::string_view text) {
    text = trim_whitespace(text);
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view type = trim_whitespace(text.substr(0, end));
    const std::size_t slash = type.find('/');
    if (slash == std::string_view::npos || !is_token(type.substr(0, slash)) ||
        !is_token(type.substr(slash + 1))) {
        return std::nullopt;
    }
    MediaType media_type{.type = ascii_lower(type), .parameters = {}};
    text.remove_prefix(end);
    // A ';' with nothing behind it is common and harmless.
    while (!text.empty() && trim_whitespace(text) != ";") {
        std::optional<Parameter> parameter = take_parameter(text);
        if (!parameter || media_type.parameters.size() == max_parameters) return std::nullopt;
        media_type.parameters.push_back(std::move(*parameter));
    }
    return media_type;
}

}  // namespace alma::http
