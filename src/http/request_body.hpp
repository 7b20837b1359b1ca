/// The body of a request, read from its connection.
#pragma once

#include "base/error.hpp"
#include "http/chunked.hpp"
#include "http/connection.hpp"
#include "http/head.hpp"
#include "http/input_buffer.hpp"
#include "http/message.hpp"
#include "http/pace.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace alma::http {

/// Takes the framing off, and keeps the client to the limit of the route and to its pace. What has come with
/// the head is read first, where it lies.
class RequestBody final : public BodyReader {
public:
    static constexpr std::size_t piece_bytes = 64 * 1024;

    /// @param input stands behind the head; neither moves nor changes before finish()
    RequestBody(Connection& connection, InputBuffer& input, const Head& head, const Limits& limits);

    /// @param too_large what the client is told past the limit
    void set_limit(std::uint64_t bytes, std::string_view too_large);

    /// The first call sends "100 Continue" to a client that waits for it.
    awaitable<std::string_view> next() override;

    /// Whether the next request can be found: all is read, or what is missing is little enough to skip.
    [[nodiscard]] bool can_be_skipped() const;
    /// Reads and drops the rest. @return false when the connection ended meanwhile
    awaitable<bool> skip();
    /// Leaves in the input what follows the body. No view of head or body may be used from here on.
    void finish();

private:
    [[nodiscard]] bool is_complete() const;
    awaitable<void> send_continue();
    awaitable<void> read_more();
    std::string_view take_known_length();
    [[noreturn]] void fail(ErrorKind kind, std::string detail);

    Connection& connection_;
    InputBuffer& input_;
    const Limits& limits_;
    Pace pace_;
    std::string_view unread_;  ///< bytes that have come, of the body and behind it
    std::unique_ptr<char[]> buffer_;
    ChunkedDecoder chunks_;
    bool is_chunked_;
    bool awaits_continue_;
    bool is_broken_ = false;
    std::uint64_t length_ = 0;  ///< by Content-Length
    std::uint64_t left_ = 0;    ///< of that
    std::uint64_t received_ = 0;
    std::uint64_t content_ = 0;  ///< bytes given out
    std::uint64_t limit_ = 0;
    std::string_view too_large_ = "Request body too large";
};

}  // namespace alma::http
