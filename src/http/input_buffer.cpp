#include "http/input_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace alma::http {

std::span<char> InputBuffer::space() {
    if (empty()) begin_ = end_ = 0;
    if (capacity_ - end_ < least_space && begin_ > 0) {
        std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (capacity_ - end_ < least_space) move_to(std::max(idle_capacity, capacity_ * 2));
    return {data_.get() + end_, capacity_ - end_};
}

void InputBuffer::move_to(std::size_t capacity) {
    auto grown = std::make_unique_for_overwrite<char[]>(capacity);
    if (!empty()) std::memcpy(grown.get(), data_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    data_ = std::move(grown);
    capacity_ = capacity;
}

void InputBuffer::assign(std::string_view bytes) {
    if (bytes.size() > capacity_) {
        // More than fits cannot be a part of the buffer, so that it may go first.
        begin_ = end_ = 0;
        move_to(bytes.size());
    }
    if (!bytes.empty()) std::memmove(data_.get(), bytes.data(), bytes.size());
    begin_ = 0;
    end_ = bytes.size();
}

void InputBuffer::shrink() {
    if (!empty() || capacity_ <= idle_capacity) return;
    data_.reset();
    capacity_ = begin_ = end_ = 0;
}

}  // namespace alma::http
