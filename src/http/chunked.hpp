/// Chunked transfer coding (RFC 9112 section 7.1), read while it arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace alma::http {

/// Takes a chunked body apart. Extensions are dropped, and so are trailers: a field that comes after the
/// checks of the head must not become a header.
///
///     chunked-body = *( size [ ext ] CRLF data CRLF ) "0" [ ext ] CRLF *( field CRLF ) CRLF
class ChunkedDecoder {
public:
    static constexpr std::size_t max_line = 256;         ///< of a chunk: size and extension
    static constexpr std::size_t max_extensions = 4096;  ///< bytes, of all chunks together
    static constexpr std::size_t max_trailers = 4096;    ///< bytes

    /// Takes bytes off the front of `input` up to the end of the next piece of content, and returns that
    /// piece as a view of `input`. Empty when `input` is used up or the body is complete.
    /// @throws Error{malformed} from the first byte on that breaks the format or a limit
    std::string_view decode(std::string_view& input);

    [[nodiscard]] bool is_done() const { return state_ == State::done; }

private:
    enum class State { size, extension, size_lf, data, data_cr, data_lf, trailer, trailer_lf, done };

    void take(char c);
    void take_size(char c);
    void take_trailer(char c);
    void size_complete();

    State state_ = State::size;
    std::uint64_t left_ = 0;  ///< of the chunk: its size while that is read, then what is missing
    std::size_t line_ = 0;    ///< bytes of the current line
    std::size_t extensions_ = 0;
    std::size_t trailers_ = 0;
};

}  // namespace alma::http
