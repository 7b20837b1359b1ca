/// The head of a request: the request line and the header section (RFC 9112 sections 2 to 6).
#pragma once

#include "http/limits.hpp"
#include "http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

namespace alma::http {

/// Why the bytes are no request of ours. The connection ends with the answer, for nobody knows where the next
/// request begins.
struct Refusal {
    Status status = Status::bad_request;
    std::string_view detail;  ///< lives for ever
};

/// A head that passed every check. All views are into the bytes it was read from.
struct Head {
    std::string_view method;
    std::string_view target;  ///< as sent
    std::string_view path;    ///< of the target; "*" for OPTIONS *
    std::string_view query;
    std::string_view host;  ///< empty when an HTTP/1.0 request has none
    std::vector<Header> headers;
    int version = 11;  ///< 10 or 11
    bool keeps_alive = true;
    bool expects_continue = false;
    bool is_chunked = false;
    std::optional<std::uint64_t> content_length;

    [[nodiscard]] bool has_body() const { return is_chunked || content_length.value_or(0) > 0; }
    void clear();
};

/// Finds the end of a head while it arrives, and refuses at the earliest byte what cannot become one.
class HeadScanner {
public:
    explicit HeadScanner(const Limits& limits) : limits_(&limits) {}

    /// @param bytes all that has come since the head began, at each call more
    /// @return the size of the head with its empty line; 0 while that is missing
    std::expected<std::size_t, Refusal> scan(std::string_view bytes);

private:
    std::optional<Refusal> check_line(std::string_view line);
    std::optional<Refusal> check_rest(std::string_view rest) const;

    const Limits* limits_;
    std::size_t line_begin_ = 0;
    std::size_t lines_ = 0;
};

/// Parses a whole head and lets pass only what every HTTP implementation on the way reads alike. Request
/// smuggling lives from two readers that disagree, so that doubt is a refusal.
/// @param bytes as found by HeadScanner
/// @param head its old content is dropped, its memory reused
std::optional<Refusal> read_head(std::string_view bytes, const Limits& limits, Head& head);

}  // namespace alma::http
