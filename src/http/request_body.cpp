#include "http/request_body.hpp"

#include <algorithm>

namespace alma::http {

RequestBody::RequestBody(Connection& connection, InputBuffer& input, const Head& head, const Limits& limits)
    : connection_(connection),
      input_(input),
      limits_(limits),
      pace_(limits),
      unread_(input.unread()),
      is_chunked_(head.is_chunked),
      awaits_continue_(head.expects_continue),
      length_(head.content_length.value_or(0)),
      left_(length_) {}

void RequestBody::set_limit(std::uint64_t bytes, std::string_view too_large) {
    limit_ = bytes;
    too_large_ = too_large;
}

bool RequestBody::is_complete() const {
    return is_chunked_ ? chunks_.is_done() : left_ == 0;
}

void RequestBody::fail(ErrorKind kind, std::string detail) {
    is_broken_ = true;
    throw Error(kind, std::move(detail));
}

awaitable<std::string_view> RequestBody::next() {
    if (is_broken_) fail(ErrorKind::malformed, "The request body is broken");
    // A length that is too large is refused before the first byte is read, and before the client sends any.
    if (!is_chunked_ && length_ > limit_) throw Error(ErrorKind::too_large, std::string(too_large_));
    while (!is_complete()) {
        if (unread_.empty()) co_await read_more();
        std::string_view piece;
        try {
            piece = is_chunked_ ? chunks_.decode(unread_) : take_known_length();
        } catch (const Error&) {
            is_broken_ = true;
            throw;
        }
        if (piece.empty()) continue;
        content_ += piece.size();
        if (content_ > limit_) fail(ErrorKind::too_large, std::string(too_large_));
        co_return piece;
    }
    co_return std::string_view();
}

std::string_view RequestBody::take_known_length() {
    const std::string_view piece = unread_.substr(0, std::min<std::uint64_t>(left_, unread_.size()));
    unread_.remove_prefix(piece.size());
    left_ -= piece.size();
    return piece;
}

awaitable<void> RequestBody::read_more() {
    if (awaits_continue_) co_await send_continue();
    // Not beyond the body, so that nothing needs to be handed back.
    const std::size_t wanted =
        is_chunked_ ? piece_bytes : static_cast<std::size_t>(std::min<std::uint64_t>(left_, piece_bytes));
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(wanted);
    const SteadyTime begin = std::chrono::steady_clock::now();
    const auto bytes =
        co_await connection_.read({buffer_.get(), wanted}, pace_.receive_deadline(begin, received_));
    pace_.count(std::chrono::steady_clock::now() - begin);
    if (!bytes) {
        if (bytes.error() == Ending::late) fail(ErrorKind::timed_out, "The request body came too slowly");
        fail(ErrorKind::malformed, "The request body is cut short");
    }
    received_ += *bytes;
    unread_ = {buffer_.get(), *bytes};
}

awaitable<void> RequestBody::send_continue() {
    static constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    awaits_continue_ = false;
    const SteadyTime deadline = std::chrono::steady_clock::now() + limits_.body_grace;
    const auto written = co_await connection_.write({asio::buffer(line), {}, {}}, deadline);
    if (!written) fail(ErrorKind::malformed, "The request body is cut short");
}

bool RequestBody::can_be_skipped() const {
    if (is_complete()) return true;
    // Whether a client that was not told to continue sends its body is anyone's guess.
    if (is_broken_ || awaits_continue_ || is_chunked_) return false;
    return left_ <= limits_.skipped_body_bytes;
}

awaitable<bool> RequestBody::skip() {
    limit_ = std::max(limit_, length_);
    try {
        while (!(co_await next()).empty()) {
        }
    } catch (const Error&) {
        co_return false;
    }
    co_return true;
}

void RequestBody::finish() {
    input_.assign(unread_);
    buffer_.reset();
}

}  // namespace alma::http
