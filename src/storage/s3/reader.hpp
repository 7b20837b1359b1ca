/// Reads an object of an S3 store piece by piece.
#pragma once

#include "storage/object_store.hpp"
#include "storage/s3/client.hpp"
#include "storage/s3/piece_checksums.hpp"

#include <optional>
#include <string>

namespace alma::storage::s3 {

/// `client` outlives it.
class Reader final : public ObjectReader {
public:
    Reader(Client& client, std::string key, std::optional<ByteRange> range);

    /// Fetches the first piece. Call it once, before next().
    /// @throws Error{not_found} no such key
    awaitable<void> begin();
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    awaitable<std::string_view> next() override;
    /// As the store gave it, with quotes; empty of an empty object.
    [[nodiscard]] const std::string& etag() const { return etag_; }

private:
    awaitable<void> fetch_piece_at(std::uint64_t offset);
    [[nodiscard]] Request request_for(std::uint64_t first, std::uint64_t last) const;
    void learn_from(const Answer& answer, std::uint64_t first);

    Client& client_;
    const std::string key_;
    const std::optional<ByteRange> range_;

    /// Learnt from the first answer.
    std::string etag_;
    std::uint64_t size_ = 0;
    std::optional<PieceChecksums> checksums_;

    std::uint64_t offset_ = 0;  ///< of what next() returns next
    std::uint64_t end_ = 0;
    std::string piece_;
    std::uint64_t piece_begins_ = 0;
};

/// Of an object; nothing when there is none. @throws S3Error
awaitable<std::optional<std::uint64_t>> object_size(Client& client, std::string key);

/// "bytes 0-9/100" -> 100. Nothing when it is no such text, or not about the bytes from `first` on.
std::optional<std::uint64_t> object_size_in(std::string_view content_range, std::uint64_t first);
/// "bytes */100", which a 416 has, -> 100.
std::optional<std::uint64_t> object_size_in_refusal(std::string_view content_range);

}  // namespace alma::storage::s3
