#include "http/chunked.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"

#include <algorithm>

namespace alma::http {
namespace {

constexpr std::uint64_t max_chunk = std::uint64_t(1) << 53;

[[noreturn]] void refuse(const char* why) {
    throw Error(ErrorKind::malformed, why);
}

bool is_text(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || c == '\t';
}

}  // namespace

std::string_view ChunkedDecoder::decode(std::string_view& input) {
    while (!input.empty() && state_ != State::done) {
        if (state_ == State::data) {
            const std::size_t length = std::min<std::uint64_t>(left_, input.size());
            const std::string_view data = input.substr(0, length);
            input.remove_prefix(length);
            left_ -= length;
            if (left_ == 0) state_ = State::data_cr;
            return data;
        }
        take(input.front());
        input.remove_prefix(1);
    }
    return {};
}

void ChunkedDecoder::take(char c) {
    switch (state_) {
        case State::size:
            take_size(c);
            break;
        case State::extension:
            if (++extensions_ > max_extensions) refuse("Too many chunk extensions");
            if (++line_ > max_line) refuse("A chunk line is too long");
            if (c == '\r') {
                state_ = State::size_lf;
            } else if (!is_text(c)) {
                refuse("A chunk extension is malformed");
            }
            break;
        case State::size_lf:
            if (c != '\n') refuse("A chunk line is malformed");
            size_complete();
            break;
        case State::data_cr:
            if (c != '\r') refuse("A chunk is longer than its size");
            state_ = State::data_lf;
            break;
        case State::data_lf:
            if (c != '\n') refuse("A chunk is longer than its size");
            state_ = State::size;
            line_ = 0;
            break;
        case State::trailer:
        case State::trailer_lf:
            take_trailer(c);
            break;
        case State::data:
        case State::done:
            break;
    }
}

void ChunkedDecoder::take_size(char c) {
    const int digit = hex_value(c);
    if (digit >= 0) {
        left_ = left_ << 4 | static_cast<std::uint64_t>(digit);
        if (++line_ > 16 || left_ > max_chunk) refuse("A chunk size is too large");
        return;
    }
    if (line_ == 0) refuse("A chunk size is malformed");
    if (c == '\r') {
        state_ = State::size_lf;
    } else if (c == ';') {
        state_ = State::extension;
    } else {
        refuse("A chunk size is malformed");
    }
}

void ChunkedDecoder::size_complete() {
    state_ = left_ == 0 ? State::trailer : State::data;
    line_ = 0;
}

void ChunkedDecoder::take_trailer(char c) {
    if (++trailers_ > max_trailers) refuse("Trailers are too long");
    if (state_ == State::trailer_lf) {
        if (c != '\n') refuse("A trailer is malformed");
        state_ = line_ == 0 ? State::done : State::trailer;
        line_ = 0;
    } else if (c == '\r') {
        state_ = State::trailer_lf;
    } else if (is_text(c)) {
        ++line_;
    } else {
        refuse("A trailer is malformed");
    }
}

}  // namespace alma::http
