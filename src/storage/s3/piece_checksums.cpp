#include "storage/s3/piece_checksums.hpp"

#include "base/encoding.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <charconv>

namespace alma::storage::s3 {
namespace {

constexpr std::uint64_t most_pieces = 40;
constexpr std::uint64_t largest_piece = 1ull << 40;

std::uint64_t pieces_of(std::uint64_t size, std::uint64_t piece_bytes) {
    return size / piece_bytes + (size % piece_bytes != 0 ? 1 : 0);
}

std::uint32_t checksum(std::uint32_t so_far, std::string_view bytes) {
    return static_cast<std::uint32_t>(
        ::crc32_z(so_far, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

}  // namespace

PieceChecksums::PieceChecksums(std::uint64_t size) {
    while (pieces_of(size, piece_bytes_) > most_pieces)
        piece_bytes_ *= 2;
}

void PieceChecksums::add(std::string_view bytes) {
    while (!bytes.empty()) {
        if (added_ % piece_bytes_ == 0) checksums_.push_back(0);
        const std::size_t part = std::min<std::uint64_t>(bytes.size(), piece_bytes_ - added_ % piece_bytes_);
        checksums_.back() = checksum(checksums_.back(), bytes.substr(0, part));
        added_ += part;
        bytes.remove_prefix(part);
    }
}

std::string PieceChecksums::text() const {
    std::string bytes;
    for (const std::uint32_t sum : checksums_) {
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes += static_cast<char>(sum >> shift & 0xFF);
    }
    return fmt::format("{}:{}", piece_bytes_, to_base64url(bytes));
}

std::optional<PieceChecksums> PieceChecksums::parse(std::string_view text, std::uint64_t object_size) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    PieceChecksums parsed;
    const auto [end, error] = std::from_chars(text.data(), text.data() + colon, parsed.piece_bytes_);
    if (error != std::errc() || end != text.data() + colon || parsed.piece_bytes_ < least_piece_bytes ||
        parsed.piece_bytes_ > largest_piece || !std::has_single_bit(parsed.piece_bytes_))
        return std::nullopt;
    const std::optional<std::string> bytes = from_base64url(text.substr(colon + 1));
    if (!bytes || bytes->size() != 4 * pieces_of(object_size, parsed.piece_bytes_)) return std::nullopt;
    for (std::size_t i = 0; i < bytes->size(); i += 4) {
        std::uint32_t sum = 0;
        for (std::size_t j = i; j < i + 4; ++j)
            sum = sum << 8 | static_cast<unsigned char>((*bytes)[j]);
        parsed.checksums_.push_back(sum);
    }
    parsed.added_ = object_size;
    return parsed;
}

bool PieceChecksums::match(std::uint64_t index, std::string_view bytes) const {
    return index < checksums_.size() && checksum(0, bytes) == checksums_[index] &&
           bytes.size() == std::min(piece_bytes_, added_ - index * piece_bytes_);
}

}  // namespace alma::storage::s3
