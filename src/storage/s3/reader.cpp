#include "storage/s3/reader.hpp"

#include "base/error.hpp"
#include "storage/s3/s3_error.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace alma::storage::s3 {
namespace {

constexpr std::uint64_t most_handed_on = 256 * 1024;
/// What the pieces of most objects have; the first request is for one of these.
constexpr std::uint64_t guess = PieceChecksums::least_piece_bytes;
/// No object of S3 is larger; beyond it servers differ in what they take for a number.
constexpr std::uint64_t largest_object = 5ull << 40;

/// "12" at the front of `text`, which loses it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

bool take(std::string_view& text, std::string_view what) {
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
}

}  // namespace

std::optional<std::uint64_t> object_size_in(std::string_view content_range, std::uint64_t first) {
    if (!take(content_range, "bytes ")) return std::nullopt;
    const auto begins = take_number(content_range);
    if (!begins || *begins != first || !take(content_range, "-")) return std::nullopt;
    const auto ends = take_number(content_range);
    if (!ends || !take(content_range, "/")) return std::nullopt;
    const auto size = take_number(content_range);
    if (!size || !content_range.empty() || *ends < *begins || *ends >= *size) return std::nullopt;
    return size;
}

std::optional<std::uint64_t> object_size_in_refusal(std::string_view content_range) {
    if (!take(content_range, "bytes */")) return std::nullopt;
    const auto size = take_number(content_range);
    return content_range.empty() ? size : std::nullopt;
}

awaitable<std::optional<std::uint64_t>> object_size(Client& client, std::string key) {
    Request request{.method = "GET", .key = std::move(key), .max_answer_bytes = 1};
    request.headers.emplace_back("Range", "bytes=0-0");
    request.accepts = [](const Answer& answer) {
        return answer.status != 206 || object_size_in(answer.content_range, 0);
    };
    const Answer answer = co_await client.send(std::move(request));
    if (answer.status == 404) co_return std::nullopt;
    if (answer.status == 416) co_return 0;  // an empty object has no first byte
    if (answer.status == 206) co_return object_size_in(answer.content_range, 0);
    co_return answer.body.size();  // of a server that knows no ranges: one byte, or none
}

Reader::Reader(Client& client, std::string key, std::optional<ByteRange> range)
    : client_(client), key_(std::move(key)), range_(range) {}

Request Reader::request_for(std::uint64_t first, std::uint64_t last) const {
    Request request{.method = "GET", .key = key_, .max_answer_bytes = last - first + 1};
    request.headers.emplace_back("Range", fmt::format("bytes={}-{}", first, last));
    if (!etag_.empty()) request.headers.emplace_back("If-Match", etag_);
    return request;
}

awaitable<void> Reader::begin() {
    const std::uint64_t wanted = std::min(range_ ? range_->first : 0, largest_object);
    const std::uint64_t first = wanted / guess * guess;
    Request request = request_for(first, first + guess - 1);
    request.accepts = [first](const Answer& answer) {
        const std::optional<std::uint64_t> size = answer.status == 206
                                                      ? object_size_in(answer.content_range, first)
                                                      : std::optional(answer.body.size());
        if (!size || (answer.status != 206 && first != 0)) return false;
        if (answer.body.size() != std::min(guess, *size - first)) return false;
        if (answer.piece_checksums.empty()) return true;  // stored by others
        const auto checksums = PieceChecksums::parse(answer.piece_checksums, *size);
        return checksums &&
               (checksums->piece_bytes() != guess || checksums->match(first / guess, answer.body));
    };
    Answer answer = co_await client_.send(std::move(request));
    if (answer.status == 404) throw Error(ErrorKind::not_found, "Not Found");
    if (answer.status == 416) {  // it ends before, or is empty
        size_ = object_size_in_refusal(answer.content_range).value_or(0);
        co_return;
    }
    if (answer.status >= 300) throw S3Error(fmt::format("the S3 store answered {}", answer.status));

    learn_from(answer, first);
    // Of a large object it was no whole piece, and so could not be verified.
    if (checksums_ && checksums_->piece_bytes() != guess) co_return;
    piece_ = std::move(answer.body);
    piece_begins_ = first;
}

void Reader::learn_from(const Answer& answer, std::uint64_t first) {
    etag_ = answer.etag;
    size_ = answer.status == 206 ? *object_size_in(answer.content_range, first) : answer.body.size();
    if (!answer.piece_checksums.empty()) checksums_ = PieceChecksums::parse(answer.piece_checksums, size_);
    offset_ = range_ ? std::min(range_->first, size_) : 0;
    end_ = range_ && range_->last < size_ ? std::max(range_->last + 1, offset_) : size_;
}

awaitable<void> Reader::fetch_piece_at(std::uint64_t offset) {
    const std::uint64_t piece_bytes = checksums_ ? checksums_->piece_bytes() : guess;
    const std::uint64_t first = offset / piece_bytes * piece_bytes;
    const std::uint64_t last = std::min(first + piece_bytes, size_) - 1;
    Request request = request_for(first, last);
    request.accepts = [checksums = checksums_, first, last, piece_bytes](const Answer& answer) {
        return answer.body.size() == last - first + 1 &&
               (!checksums || checksums->match(first / piece_bytes, answer.body));
    };
    Answer answer = co_await client_.send(std::move(request));
    if (answer.status >= 300) throw std::runtime_error("an object was replaced or removed while it was read");
    piece_ = std::move(answer.body);
    piece_begins_ = first;
}

awaitable<std::string_view> Reader::next() {
    if (offset_ == end_) co_return std::string_view();
    if (offset_ < piece_begins_ || offset_ >= piece_begins_ + piece_.size()) co_await fetch_piece_at(offset_);
    const std::uint64_t within = offset_ - piece_begins_;
    const std::uint64_t count = std::min({piece_.size() - within, end_ - offset_, most_handed_on});
    offset_ += count;
    co_return std::string_view(piece_).substr(within, count);
}

}  // namespace alma::storage::s3
