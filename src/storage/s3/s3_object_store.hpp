/// Objects in a bucket of AWS S3 or of a compatible server.
///
/// What goes up is verified by the store (x-amz-content-sha256). What comes down is fetched in pieces, each a
/// request of its own, and each verified against a checksum that was stored with the object before a byte of
/// it is handed on. So a slow client holds no connection, a lost one costs one piece, and memory is that of
/// one piece. See docs/decisions/0006-s3-client.md.
#pragma once

#include "storage/object_listing.hpp"
#include "storage/object_store.hpp"
#include "storage/s3/client.hpp"

#include <atomic>
#include <chrono>
#include <memory>

namespace alma::storage {

/// @throws (all methods) s3::S3Error, an Error{unavailable} that knows the cause
class S3ObjectStore final : public ObjectStore, public ObjectInventory {
public:
    /// @throws Error{invalid} naming the variable that is wrong; connects to nothing yet, so that a service
    /// starts, and says why it is not ready, while the store is down
    explicit S3ObjectStore(S3Config config);

    awaitable<void> put(std::string key, const Spool& content, std::string media_type) override;
    awaitable<std::unique_ptr<ObjectReader>> open(std::string key, std::optional<ByteRange> range) override;
    awaitable<void> remove(std::string key) override;
    /// Stores a probe, unless an upload has lately proved that one can; then only asks for the bucket.
    awaitable<void> check() override;

    awaitable<std::optional<std::uint64_t>> size_of(std::string key) override;
    /// All but the probe of check().
    std::unique_ptr<ObjectListing> list() override;

    [[nodiscard]] std::size_t waiting() const { return client_.waiting(); }

    /// Where check() writes. No key of a resume looks like it.
    static constexpr std::string_view probe_key = "readiness-probe";

private:
    using Moment = std::chrono::steady_clock::time_point;
    class Proof;
    [[nodiscard]] bool has_lately_stored() const;

    const std::size_t listing_page_;
    s3::Client client_;
    std::atomic<Moment> stored_at_{Moment::min()};
};

}  // namespace alma::storage
