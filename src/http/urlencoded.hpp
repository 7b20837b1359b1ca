/// application/x-www-form-urlencoded: bodies of forms, and query strings.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alma::http {

using NameValues = std::vector<std::pair<std::string, std::string>>;

/// Parses as WHATWG URL section 5.1 does: '&' alone separates, '+' is a blank, an escape that is cut short or
/// not hexadecimal stays as it is. Values may hold any bytes.
///
///     parse_urlencoded("a=1&b=x+y%21")   // {"a", "1"}, {"b", "x y!"}
///
/// @throws Error{malformed} more than 1,000 pairs
NameValues parse_urlencoded(std::string_view text);

}  // namespace alma::http
