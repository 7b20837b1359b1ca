#include "http/byte_range.hpp"

#include "base/encoding.hpp"
#include "http/grammar.hpp"
#include "http/problem.hpp"

#include <charconv>
#include <limits>

namespace alma::http {
namespace {

/// Digits as a number; what is too large for one is the largest.
std::uint64_t number_of(std::string_view digits) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() ? number : std::numeric_limits<std::uint64_t>::max();
}

RangeChoice part(std::uint64_t first, std::uint64_t last) {
    return {.kind = RangeChoice::Kind::part, .range = {.first = first, .last = last}};
}

RangeChoice suffix_range(std::string_view digits, std::uint64_t size) {
    if (!is_digits(digits)) return {};
    const std::uint64_t length = std::min(number_of(digits), size);
    if (length == 0) return {.kind = RangeChoice::Kind::unsatisfiable, .range = {}};
    return part(size - length, size - 1);
}

}  // namespace

RangeChoice choose_range(std::optional<std::string_view> range, std::uint64_t size) {
    static constexpr std::string_view unit = "bytes=";
    if (!range || range->size() < unit.size() || !equals_ignoring_case(range->substr(0, unit.size()), unit))
        return {};
    const std::string_view spec = trim_whitespace(range->substr(unit.size()));
    const std::size_t dash = spec.find('-');
    if (dash == std::string_view::npos) return {};
    const std::string_view first_digits = spec.substr(0, dash);
    const std::string_view last_digits = spec.substr(dash + 1);
    if (first_digits.empty()) return suffix_range(last_digits, size);
    if (!is_digits(first_digits) || (!last_digits.empty() && !is_digits(last_digits))) return {};

    const std::uint64_t first = number_of(first_digits);
    const std::uint64_t last =
        last_digits.empty() ? std::numeric_limits<std::uint64_t>::max() : number_of(last_digits);
    if (last < first) return {};
    if (first >= size) return {.kind = RangeChoice::Kind::unsatisfiable, .range = {}};
    return part(first, std::min(last, size - 1));
}

RangeChoice choose_range(const Request& request, std::uint64_t size, std::string_view etag) {
    if (request.method != Method::get) return {};
    // A part of something else than the client has would corrupt what it has. A date never matches: we have
    // no strong one.
    const std::optional<std::string_view> condition = request.header("If-Range");
    if (condition && (etag.empty() || *condition != etag)) return {};
    return choose_range(request.header("Range"), size);
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
    return fmt::format("bytes {}-{}/{}", range.first, range.last, size);
}

Response range_not_satisfiable(std::uint64_t size) {
    Response response = problem(Status::range_not_satisfiable, "Requested range not satisfiable");
    response.with("Content-Range", fmt::format("bytes */{}", size));
    return response;
}

}  // namespace alma::http
