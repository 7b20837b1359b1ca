/// Checksums of an object's pieces, kept beside it as metadata: so that any part can be read, and checked
/// before a byte of it is handed on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alma::storage::s3 {

/// CRC-32 (ISO 3309, as zlib computes it) of each piece. At most 40 pieces of 256 KiB; those of a larger
/// object are larger by powers of two.
class PieceChecksums {
public:
    static constexpr std::size_t least_piece_bytes = 256 * 1024;

    /// Of an object of `size` bytes, to be filled with add().
    explicit PieceChecksums(std::uint64_t size);
    /// The next bytes of the object, in portions of any size.
    void add(std::string_view bytes);

    /// "262144:4cFx3g", the piece's size and the checksums in base64url. At most 253 characters: stores limit
    /// a metadata value to 256 (OpenStack Swift), and all of them to 2 KB (AWS).
    [[nodiscard]] std::string text() const;
    /// Nothing when it is no such text, or one of an object of another size.
    static std::optional<PieceChecksums> parse(std::string_view text, std::uint64_t object_size);

    [[nodiscard]] std::uint64_t piece_bytes() const { return piece_bytes_; }
    /// Whether `bytes` are the whole piece `index`.
    [[nodiscard]] bool match(std::uint64_t index, std::string_view bytes) const;

private:
    PieceChecksums() = default;

    std::uint64_t piece_bytes_ = least_piece_bytes;
    std::uint64_t added_ = 0;
    std::vector<std::uint32_t> checksums_;
};

}  // namespace alma::storage::s3
