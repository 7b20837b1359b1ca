/// Requests for a part of a representation (RFC 9110 section 14).
#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace alma::http {

/// Bytes first to last, both included.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    [[nodiscard]] std::uint64_t length() const { return last - first + 1; }
    bool operator==(const ByteRange&) const = default;
};

/// What a Range header asks for.
struct RangeChoice {
    enum class Kind {
        whole,          ///< 200: no Range, several ranges, another unit, or a Range that is malformed
        part,           ///< 206 with `range`
        unsatisfiable,  ///< 416
    };
    Kind kind = Kind::whole;
    ByteRange range;  ///< of Kind::part, within the size

    bool operator==(const RangeChoice&) const = default;
};

/// `bytes=first-last`, `bytes=first-` or `bytes=-suffix` against a representation of `size` bytes.
/// Several ranges are answered with the whole: a server may, and so no request can multiply the work.
///
///     choose_range("bytes=0-99", 1000)   // part, 0 to 99
RangeChoice choose_range(std::optional<std::string_view> range, std::uint64_t size);

/// The same for a request of a representation with this strong ETag: If-Range (section 13.1.5) is respected.
RangeChoice choose_range(const Request& request, std::uint64_t size, std::string_view etag = {});

/// "bytes 0-99/1000", the value of Content-Range in a 206.
std::string content_range(const ByteRange& range, std::uint64_t size);

/// 416 with the size in Content-Range, so that the client can ask again.
Response range_not_satisfiable(std::uint64_t size);

}  // namespace alma::http
