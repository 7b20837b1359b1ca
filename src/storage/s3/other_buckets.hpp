/// Objects in buckets that are not this installation's.
#pragma once

#include "storage/object_store.hpp"
#include "storage/s3/client.hpp"
#include "storage/s3/reader.hpp"
#include "storage/s3/s3_location.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace alma::storage {

/// Reads the resumes that still lie where the original service put them, and writes nothing there. May be
/// used from every event loop at once.
class OtherBuckets {
public:
    /// One installation's: who wrote more into its rows is not who we took them from.
    static constexpr std::size_t most_buckets = 8;

    /// @param access all but bucket and region, which each URL says. A URL names AWS's own host; when
    /// `access` has an endpoint, that serves the bucket instead.
    explicit OtherBuckets(S3Config access);

    /// @param url as to_url makes it
    /// @return nothing when there is no such object
    /// @throws s3::S3Error naming the bucket, also when no key is configured, or the URL is none
    awaitable<std::optional<std::uint64_t>> size_of(std::string url);

    /// As ObjectStore::open; the reader ends before this. What others have stored has none of our checksums:
    /// it is TLS that keeps it from damage on the way.
    awaitable<std::unique_ptr<s3::Reader>> open(std::string url,
                                                std::optional<ByteRange> range = std::nullopt);

private:
    s3::Client& client_of(const S3Location& location);

    const S3Config access_;
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::unique_ptr<s3::Client>> clients_;
};

}  // namespace alma::storage
