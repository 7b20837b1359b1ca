/// The seam to where resumes live.
#pragma once

#include "base/async.hpp"
#include "storage/spool.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace alma::storage {

/// A part of an object: bytes first to last, both included.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

/// Whether it is a key as ObjectStore takes it.
bool is_valid_key(std::string_view key);
/// For implementations. @throws std::logic_error
void require_valid_key(std::string_view key);

/// Reads one object. Used by one coroutine at a time.
class ObjectReader {
public:
    virtual ~ObjectReader() = default;
    /// Of the whole object, in bytes, also when only a part is read.
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// @return the next piece, at most 256 KiB, valid until the next call; empty at the end.
    /// @throws when the object turns out shorter than it was: the part that was read must not pass for the
    /// whole.
    virtual awaitable<std::string_view> next() = 0;

    /// Whether send_to() may take the place of next().
    [[nodiscard]] virtual bool can_send() const { return false; }
    /// As http::FileSource::send_to.
    virtual awaitable<std::optional<std::size_t>> send_to(int socket);
};

/// Whole objects under flat keys. May be used from every event loop at once.
/// Keys are ours, never a client's: 1 to 100 characters of [a-z0-9/._-], no "..", and no part between slashes
/// is empty or begins with a dot. Any other is a std::logic_error.
///
/// @throws (all methods) Error{unavailable} when the store does not answer in time.
class ObjectStore {
public:
    virtual ~ObjectStore() = default;

    /// Stores what was spooled under `key`, replacing what was there. Durable on return.
    /// `content` belongs to the caller and outlives the call.
    virtual awaitable<void> put(std::string key, const Spool& content, std::string media_type) = 0;

    /// Opens the object, or a part of it, for reading in pieces: a download costs no memory of its size.
    /// A range ends with the object at the latest; one that begins behind it is empty.
    /// @throws Error{not_found} no such key
    virtual awaitable<std::unique_ptr<ObjectReader>> open(std::string key,
                                                          std::optional<ByteRange> range = std::nullopt) = 0;

    /// Removes the object; an absent one is no error. Durable on return.
    virtual awaitable<void> remove(std::string key) = 0;

    /// Throws when objects can now not be stored or read; for /readyz. Takes at most two seconds.
    virtual awaitable<void> check() = 0;
};

}  // namespace alma::storage
