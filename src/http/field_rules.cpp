#include "http/field_rules.hpp"

#include "base/encoding.hpp"

#include <boost/json/parse.hpp>

#include <charconv>

namespace alma::http {
namespace {

using Kind = InputField::Kind;
using Checked = std::expected<std::string, FieldError>;

constexpr std::size_t max_echoed = 1024;
constexpr std::size_t max_digits = 64;

/// What an answer repeats of the input: of a password nothing, of much text its beginning.
std::optional<std::string> echo_of(const InputField& field, const SentValue& sent) {
    if (field.kind == Kind::password || sent.form == SentValue::Form::file) return std::nullopt;
    if (sent.text.size() <= max_echoed) return sent.text;
    if (sent.form == SentValue::Form::json) return std::nullopt;
    std::size_t end = max_echoed;
    while (end > 0 && (static_cast<unsigned char>(sent.text[end]) & 0xc0) == 0x80)
        --end;
    return sent.text.substr(0, end);
}

Checked refuse(const InputField& field, const SentValue& sent, std::string type, std::string message,
               std::string context = {}) {
    return std::unexpected(
        FieldError{.type = std::move(type),
                   .location = {sent.is_from_query ? "query" : "body", std::string(field.name)},
                   .message = std::move(message),
                   .input = echo_of(field, sent),
                   .is_json_input = sent.form == SentValue::Form::json,
                   .context = std::move(context)});
}

Checked refuse_value(const InputField& field, const SentValue& sent, std::string_view why) {
    return refuse(field, sent, "value_error", fmt::format("Value error, {}", why), R"({"error":{}})");
}

std::string characters(std::size_t count) {
    return fmt::format("{} character{}", count, count == 1 ? "" : "s");
}

Checked refuse_long(const InputField& field, const SentValue& sent) {
    return refuse(field, sent, "string_too_long",
                  "String should have at most " + characters(field.max_length),
                  fmt::format(R"({{"max_length":{}}})", field.max_length));
}

Checked check_integer(const InputField& field, SentValue sent) {
    std::string_view text = sent.text;
    long long number = 0;
    const char* const end = text.data() + text.size();
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [parsed, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || parsed != end || sent.form == SentValue::Form::file) {
        if (sent.form == SentValue::Form::json)
            return refuse(field, sent, "int_type", "Input should be a valid integer");
        return refuse(field, sent, "int_parsing",
                      "Input should be a valid integer, unable to parse string as an integer");
    }
    if (number < 0 || std::cmp_less(number, field.min_length)) {
        return refuse(field, sent, "greater_than_equal",
                      fmt::format("Input should be greater than or equal to {}", field.min_length),
                      fmt::format(R"({{"ge":{}}})", field.min_length));
    }
    if (std::cmp_greater(number, field.max_length)) {
        return refuse(field, sent, "less_than_equal",
                      fmt::format("Input should be less than or equal to {}", field.max_length),
                      fmt::format(R"({{"le":{}}})", field.max_length));
    }
    return std::to_string(number);
}

Checked check_boolean(const InputField& field, SentValue sent) {
    if (sent.form != SentValue::Form::file && (sent.text == "true" || sent.text == "false"))
        return std::move(sent.text);
    if (sent.form == SentValue::Form::json)
        return refuse(field, sent, "bool_type", "Input should be a valid boolean");
    return refuse(field, sent, "bool_parsing", "Input should be a valid boolean, unable to interpret input");
}

Checked refuse_list_length(const InputField& field, const SentValue& sent, std::size_t items) {
    const bool is_short = items < field.min_length;
    const std::size_t bound = is_short ? field.min_length : field.max_length;
    return refuse(field, sent, is_short ? "too_short" : "too_long",
                  fmt::format("List should have at {} {} item{} after validation, not {}",
                              is_short ? "least" : "most", bound, bound == 1 ? "" : "s", items),
                  fmt::format(R"({{"field_type":"List","{}_length":{},"actual_length":{}}})",
                              is_short ? "min" : "max", bound, items));
}

bool is_text(const boost::json::value& item) {
    return item.is_string();
}
bool is_id(const boost::json::value& item) {
    return item.is_int64() && item.get_int64() > 0;
}

Checked check_list(const InputField& field, SentValue sent) {
    if (sent.form != SentValue::Form::json)
        return refuse(field, sent, "list_type", "Input should be a valid list");
    const boost::json::value value = boost::json::parse(sent.text);
    if (!value.is_array()) return refuse(field, sent, "list_type", "Input should be a valid list");
    const boost::json::array& items = value.get_array();
    if (items.size() < field.min_length || items.size() > field.max_length)
        return refuse_list_length(field, sent, items.size());
    if (has_ids(field) && !std::ranges::all_of(items, is_id))
        return refuse(field, sent, "int_type", "Input should be a valid integer");
    if (!has_ids(field) && !std::ranges::all_of(items, is_text))
        return refuse(field, sent, "string_type", "Input should be a valid string");
    return std::move(sent.text);
}

Checked check_file(const InputField& field, const SentValue& sent) {
    const std::string_view type = sent.form == SentValue::Form::text ? "str" : "dict";
    return refuse_value(field, sent, fmt::format("Expected UploadFile, received: <class '{}'>", type));
}

Checked check_text(const InputField& field, SentValue sent) {
    if (field.is_nullable && sent.form == SentValue::Form::json && sent.text == "null") return std::string();
    if (sent.form != SentValue::Form::text)
        return refuse(field, sent, "string_type", "Input should be a valid string");
    // What an e-mail address may hold, and how long it may be, is its handler's to say, with a text of its
    // own.
    if (field.kind == Kind::email) return std::move(sent.text);
    // Four bytes a character is the most; so much text need not be, and may not have been kept whole.
    if (sent.text.size() > 4 * field.max_length) return refuse_long(field, sent);
    if (!is_utf8(sent.text)) return refuse_value(field, sent, "Text must be valid UTF-8");
    const std::size_t length = utf8_length(sent.text);
    if (length < field.min_length) {
        return refuse(field, sent, "string_too_short",
                      "String should have at least " + characters(field.min_length),
                      fmt::format(R"({{"min_length":{}}})", field.min_length));
    }
    if (length > field.max_length) return refuse_long(field, sent);
    if (field.kind == Kind::text && has_control_character(sent.text))
        return refuse_value(field, sent, "Text must not hold control characters");
    if (field.kind == Kind::multiline && sent.text.contains('\0'))
        return refuse_value(field, sent, "Text must not hold the character U+0000");
    return std::move(sent.text);
}

}  // namespace

bool has_ids(const InputField& list) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return list.kind == Kind::list && !list.example.empty() && std::ranges::all_of(list.example, is_digit);
}

std::size_t max_bytes_kept(const InputField& field) {
    return field.kind == Kind::integer || field.kind == Kind::boolean ? max_digits : 4 * field.max_length + 1;
}

std::expected<std::string, FieldError> check_field(const InputField& field, SentValue sent) {
    switch (field.kind) {
        case Kind::integer:
            return check_integer(field, std::move(sent));
        case Kind::boolean:
            return check_boolean(field, std::move(sent));
        case Kind::file:
            return check_file(field, sent);
        case Kind::list:
            return check_list(field, std::move(sent));
        case Kind::text:
        case Kind::multiline:
        case Kind::password:
        case Kind::email:
        case Kind::choice:
            break;
    }
    return check_text(field, std::move(sent));
}

FieldError missing_field(const InputField& field, std::string_view place) {
    return {.type = "missing",
            .location = {std::string(place), std::string(field.name)},
            .message = "Field required"};
}

}  // namespace alma::http
