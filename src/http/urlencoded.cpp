#include "http/urlencoded.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"

#include <algorithm>

namespace alma::http {
namespace {

constexpr std::size_t max_pairs = 1000;

std::string decode_leniently(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && text.size() - i >= 3 && hex_value(text[i + 1]) >= 0 &&
                               hex_value(text[i + 2]) >= 0;
        if (is_escape) {
            decoded += static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
            i += 2;
        } else {
            decoded += text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

}  // namespace

NameValues parse_urlencoded(std::string_view text) {
    NameValues pairs;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        if (pairs.size() == max_pairs) throw Error(ErrorKind::malformed, "Too many fields");
        const std::size_t equals = std::min(pair.find('='), pair.size());
        pairs.emplace_back(decode_leniently(pair.substr(0, equals)),
                           decode_leniently(pair.substr(std::min(equals + 1, pair.size()))));
    }
    return pairs;
}

}  // namespace alma::http
