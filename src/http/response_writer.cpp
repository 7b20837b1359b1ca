#include "http/response_writer.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "http/live_source.hpp"
#include "http/route.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <charconv>
#include <exception>
#include <variant>

namespace alma::http {
namespace {

/// Up to this size a body is copied behind its head: one buffer is cheaper to write than two.
constexpr std::size_t max_copied_body = 2 * KiB;
constexpr std::size_t max_written_piece = 64 * KiB;
constexpr std::chrono::milliseconds first_busy_pause{20};
constexpr std::chrono::milliseconds max_busy_pause{1000};

void append_chunk_size(std::string& out, std::size_t size) {
    std::array<char, 20> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
    out.append(digits.data(), end);
    out += "\r\n";
}

struct Piece {
    std::string_view bytes;
    std::exception_ptr failure;
};

/// Never throws: of two that are waited for, one that fails does not count as the first.
awaitable<Piece> try_next(BodySource& source) {
    Piece piece;
    try {
        piece.bytes = co_await source.next();
    } catch (...) {
        piece.failure = std::current_exception();
    }
    co_return piece;
}

}  // namespace

awaitable<bool> ResponseWriter::send(const Response& response, const ResponseFrame& frame,
                                     std::string_view first_piece) {
    bytes_sent_ = 0;
    pace_ = Pace(limits_);
    head_.clear();
    write_response_head(head_, response, frame);
    const bool has_body = !frame.is_head_alone && frame.framing != Framing::none;
    if (has_body && response.source) co_return co_await send_source(*response.source, frame, first_piece);
    std::string_view body = has_body ? std::string_view(response.body) : std::string_view();
    if (body.size() <= max_copied_body) {
        head_ += body;
        body = {};
    }
    std::string_view head = head_;
    const std::size_t taken = connection_.write_at_once(head, body);
    bytes_sent_ = taken;
    if (taken == head.size() + body.size()) co_return true;
    body.remove_prefix(taken - std::min(taken, head.size()));
    head.remove_prefix(std::min(taken, head.size()));
    co_return co_await write_paced(head, body);
}

/// Sends the pieces of a source, the first with the head before it.
awaitable<bool> ResponseWriter::send_source(BodySource& source, const ResponseFrame& frame,
                                            std::string_view piece) {
    const bool is_chunked = frame.framing == Framing::chunked;
    auto* const file = frame.framing == Framing::length ? dynamic_cast<FileSource*>(&source) : nullptr;
    std::uint64_t length = 0;
    std::string failure;
    try {
        while (!piece.empty()) {
            length += piece.size();
            if (frame.framing == Framing::length && length > frame.length) break;
            if (is_chunked) append_chunk_size(head_, piece.size());
            if (!co_await write_paced(head_, piece, is_chunked ? "\r\n" : "")) co_return false;
            head_.clear();
            if (file != nullptr && file->can_send())
                co_return co_await send_file(*file, frame.length - std::min(length, frame.length));
            piece = co_await next_piece(source);
        }
        if (frame.framing == Framing::length && length != frame.length)
            failure = "its length is not what it said";
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) throw;
        failure = error.what();
    } catch (const std::exception& error) {
        failure = error.what();
    }
    if (!failure.empty()) {
        log::error("answer cut short", {{"request_id", frame.request_id}, {"error", failure}});
        connection_.reset();
        co_return false;
    }
    if (is_chunked) head_ += "0\r\n\r\n";
    co_return head_.empty() || co_await write_paced(head_);
}

/// A client that goes ends the answer: nobody waits for the next piece.
awaitable<std::string_view> ResponseWriter::next_live_piece(BodySource& source) {
    using namespace asio::experimental::awaitable_operators;
    awaitable<Piece> piece = try_next(source);
    awaitable<void> end = connection_.wait_for_end();
    const std::variant<Piece, std::monostate> first = co_await (std::move(piece) || std::move(end));
    if (first.index() != 0) co_return std::string_view();
    if (std::get<0>(first).failure) std::rethrow_exception(std::get<0>(first).failure);
    co_return std::get<0>(first).bytes;
}

/// A source that is busy is asked again, and again: the answer has begun, and cannot become a 503.
template <class Ask>
std::invoke_result_t<Ask> ResponseWriter::patiently(Ask ask) {
    const SteadyTime end = std::chrono::steady_clock::now() + limits_.busy_source_time;
    std::chrono::milliseconds pause = first_busy_pause;
    while (true) {
        try {
            co_return co_await ask();
        } catch (const Error& error) {
            const bool may_wait = std::chrono::steady_clock::now() + pause <= end;
            if (error.kind() != ErrorKind::unavailable || !may_wait) throw;
        }
        asio::steady_timer timer(context_, pause);
        co_await timer.async_wait(asio::use_awaitable);
        pause = std::min(2 * pause, max_busy_pause);
    }
}

awaitable<std::string_view> ResponseWriter::next_piece(BodySource& source) {
    const bool is_live = dynamic_cast<const LiveSource*>(&source) != nullptr;
    const auto ask = [this, &source, is_live] { return is_live ? next_live_piece(source) : source.next(); };
    co_return co_await patiently(ask);
}

/// The rest of an answer, whose begin was sent.
awaitable<bool> ResponseWriter::send_file(FileSource& file, std::uint64_t bytes) {
    // Asked for each time: once closed, the descriptor may be that of another connection.
    const auto send_more = [this, &file] { return file.send_to(connection_.descriptor()); };
    while (bytes > 0) {
        if (!connection_.is_open()) co_return false;
        const std::optional<std::size_t> sent = co_await patiently(send_more);
        bool is_open = sent.has_value();
        bytes_sent_ += sent.value_or(0);
        bytes -= sent.value_or(0);
        if (sent == 0) {
            const SteadyTime begin = std::chrono::steady_clock::now();
            const SteadyTime deadline = pace_.send_deadline(begin, bytes_sent_ + max_written_piece);
            is_open = (co_await connection_.wait_until_writable(deadline)).has_value();
            pace_.count(std::chrono::steady_clock::now() - begin);
        }
        if (!is_open) {
            connection_.reset();
            co_return false;
        }
    }
    co_return true;
}

/// Writes all three. What is long goes in pieces, since only the deadline of a piece notices a client that
/// stalls.
awaitable<bool> ResponseWriter::write_paced(std::string_view bytes, std::string_view more,
                                            std::string_view rest) {
    while (true) {
        const std::string_view piece = more.substr(0, max_written_piece);
        more.remove_prefix(piece.size());
        const bool is_last = more.empty();
        const std::array buffers{asio::buffer(bytes), asio::buffer(piece),
                                 asio::buffer(is_last ? rest : std::string_view())};
        bytes_sent_ += asio::buffer_size(buffers);
        const SteadyTime begin = std::chrono::steady_clock::now();
        const auto written = co_await connection_.write(buffers, pace_.send_deadline(begin, bytes_sent_));
        pace_.count(std::chrono::steady_clock::now() - begin);
        if (!written) {
            connection_.reset();
            co_return false;
        }
        if (is_last) co_return true;
        bytes = {};
    }
}

}  // namespace alma::http
