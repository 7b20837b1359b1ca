/// Pieces of grammar that several header fields share (RFC 9110 section 5.6). All run in linear time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alma::http {

/// A character of a token, of which methods, field names and parameter names are made.
bool is_token_char(char c);

/// 1*tchar
bool is_token(std::string_view text);

/// DIGIT only, at least one.
bool is_digits(std::string_view text);

/// Without the blanks and tabs at both ends.
std::string_view trim_whitespace(std::string_view text);

/// Cuts the list at commas outside of quotes; elements are trimmed, empty ones are left out.
std::vector<std::string_view> split_list(std::string_view text);

struct Parameter {
    std::string_view name;
    std::string value;  ///< unquoted
};

/// Which backslashes of a quoted string are escapes.
enum class Escapes {
    any,          ///< every one, as RFC 9110 has it
    quotes_only,  ///< only those before '"' and '\': old browsers send "C:\resume.pdf" as it is
};

/// Reads `name=value` or `name="value"` off the front, with the ';' before it if there is one.
/// Absent, with `text` left as it was, where there is no well-formed parameter.
std::optional<Parameter> take_parameter(std::string_view& text, Escapes escapes = Escapes::any);

/// `type/subtype; name=value...` (RFC 9110 section 8.3.1)
struct MediaType {
    std::string type;  ///< in lower case: "multipart/form-data"
    std::vector<Parameter> parameters;

    /// The value of the first parameter of that name, any case.
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
};

/// Views `text`. Absent when it is no media type, or has parameters that are malformed or more than 16.
std::optional<MediaType> parse_media_type(std::string_view text);

}  // namespace alma::http
