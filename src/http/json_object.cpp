#include "http/json_object.hpp"

#include "base/error.hpp"
#include "base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <set>

namespace alma::http {
namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 8;

[[noreturn]] void refuse_json(std::size_t offset, std::string_view why) {
    std::string context = R"({"error":)";
    write_json(context, why);
    context += '}';
    FieldError error{.type = "json_invalid",
                     .location = {"body", std::to_string(offset)},
                     .message = "JSON decode error",
                     .input = "{}",
                     .is_json_input = true,
                     .context = std::move(context)};
    throw Error(std::vector{std::move(error)});
}

/// Looks for what a well-formed document has and a value of it does not show: names twice, and numbers that
/// are too large, which became infinite and could not be written as JSON again.
struct Inspector {
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    std::vector<std::set<std::string>> objects;
    std::string name;
    bool has_repeated_name = false;
    bool has_infinity = false;

    bool on_object_begin(json::error_code&) {
        objects.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, json::error_code&) {
        objects.pop_back();
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        name += part;
        return true;
    }
    bool on_key(json::string_view part, std::size_t, json::error_code&) {
        name += part;
        has_repeated_name |= !objects.back().insert(std::exchange(name, {})).second;
        return true;
    }
    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t, json::error_code&) { return true; }
    bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
    bool on_double(double number, json::string_view, json::error_code&) {
        has_infinity |= std::isinf(number);
        return true;
    }
    bool on_bool(bool, json::error_code&) { return true; }
    bool on_null(json::error_code&) { return true; }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }
};

/// @param text that parse() took
void inspect(std::string_view text) {
    json::parse_options options;
    options.max_depth = max_depth;
    json::basic_parser<Inspector> parser(options);
    json::error_code error;
    parser.write_some(false, text.data(), text.size(), error);
    if (parser.handler().has_infinity) refuse_json(0, "Number out of range");
    if (parser.handler().has_repeated_name) refuse_json(0, "Repeated name in an object");
}

json::value parse(std::string_view text) {
    json::parse_options options;
    options.max_depth = max_depth;
    json::parser parser({}, options);
    json::error_code error;
    const std::size_t parsed = parser.write(text.data(), text.size(), error);
    if (error) refuse_json(parsed, error.message());
    return parser.release();
}

}  // namespace

std::vector<JsonMember> parse_json_object(std::string_view text) {
    const json::value document = parse(text);
    inspect(text);
    if (!document.is_object()) {
        FieldError error{.type = "model_attributes_type",
                         .location = {"body"},
                         .message = "Input should be a valid dictionary or object to extract fields from",
                         .input = json::serialize(document),
                         .is_json_input = true};
        throw Error(std::vector{std::move(error)});
    }
    std::vector<JsonMember> members;
    for (const auto& [name, value] : document.get_object()) {
        JsonMember& member = members.emplace_back();
        member.name = name;
        member.is_string = value.is_string();
        member.value = member.is_string ? std::string(value.get_string()) : json::serialize(value);
    }
    return members;
}

}  // namespace alma::http
