#include "http/grammar.hpp"
#include "http/head.hpp"

#include <algorithm>

namespace alma::http {
namespace {

constexpr Refusal too_many_fields{Status::header_fields_too_large, "Too many header fields"};
constexpr Refusal header_too_large{Status::header_fields_too_large, "Request header too large"};
constexpr Refusal target_too_long{Status::uri_too_long, "Request target too long"};
constexpr Refusal bad_line_end{Status::bad_request, "A line of the request header is not ended by CR LF"};
constexpr Refusal folded_line{Status::bad_request, "A header field is folded"};
constexpr Refusal no_request{Status::bad_request, "Not an HTTP request"};

}  // namespace

/// @param line without its LF
std::optional<Refusal> HeadScanner::check_line(std::string_view line) {
    // RFC 9112 section 2.2 lets a server take a bare LF for a line end. Those who do and those who do not see
    // different requests.
    if (line.find('\r') != line.size() - 1 || line.empty()) return bad_line_end;
    if (line.size() > limits_->header_line_bytes) return lines_ == 0 ? target_too_long : header_too_large;
    if (lines_ > 0 && (line.front() == ' ' || line.front() == '\t')) return folded_line;
    if (lines_ > limits_->header_fields && line.size() > 1) return too_many_fields;
    ++lines_;
    return std::nullopt;
}

/// What a line that has not ended yet already tells.
std::optional<Refusal> HeadScanner::check_rest(std::string_view rest) const {
    if (rest.empty()) return std::nullopt;
    if (lines_ == 0 && !is_token_char(rest.front())) return no_request;
    if (rest.size() > limits_->header_line_bytes) return lines_ == 0 ? target_too_long : header_too_large;
    if (rest.find('\r') < rest.size() - 1) return bad_line_end;
    return std::nullopt;
}

std::expected<std::size_t, Refusal> HeadScanner::scan(std::string_view bytes) {
    while (true) {
        const std::size_t line_end = bytes.find('\n', line_begin_);
        if (line_end == std::string_view::npos) break;
        const std::string_view line = bytes.substr(line_begin_, line_end - line_begin_);
        if (lines_ == 0 && !line.empty() && !is_token_char(line.front())) return std::unexpected(no_request);
        if (const std::optional<Refusal> refusal = check_line(line)) return std::unexpected(*refusal);
        line_begin_ = line_end + 1;
        if (line_begin_ > limits_->header_bytes) return std::unexpected(header_too_large);
        if (line == "\r") return line_begin_;
    }
    if (const std::optional<Refusal> refusal = check_rest(bytes.substr(line_begin_)))
        return std::unexpected(*refusal);
    if (bytes.size() > limits_->header_bytes) return std::unexpected(header_too_large);
    return 0;
}

}  // namespace alma::http
