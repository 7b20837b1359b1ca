/// Bytes that a connection has sent and that nobody has used yet.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace alma::http {

/// One flat run of bytes, so that a request head can be viewed in place. Small while a connection is idle,
/// since there are thousands of those; grows with what comes.
class InputBuffer {
public:
    [[nodiscard]] std::string_view unread() const { return {data_.get() + begin_, end_ - begin_}; }
    [[nodiscard]] bool empty() const { return begin_ == end_; }
    void consume(std::size_t bytes) { begin_ += bytes; }

    /// Room for more at the end; what is unread may move, so that views of it end here.
    std::span<char> space();
    void commit(std::size_t bytes) { end_ += bytes; }

    /// The unread bytes are these now; they may be a part of the buffer itself.
    void assign(std::string_view bytes);
    /// Gives back what a large request made it grow to. Only when empty.
    void shrink();

private:
    static constexpr std::size_t idle_capacity = 2048;
    static constexpr std::size_t least_space = 512;

    void move_to(std::size_t capacity);

    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace alma::http
