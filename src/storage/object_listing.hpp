/// Lists what a store holds, for `alma-leads store check`; no request of a client ever does.
#pragma once

#include "base/async.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace alma::storage {

/// One object as its store lists it.
struct ObjectInfo {
    std::string key;  ///< any text: others may keep objects in the same place
    std::uint64_t size = 0;
    Instant modified_at;
};

/// One walk over all objects, in no particular order. Those that are stored or removed meanwhile may be
/// missing or listed; all others are listed once. Used by one coroutine at a time.
class ObjectListing {
public:
    virtual ~ObjectListing() = default;
    /// @return the next objects, bounded in number; none at the end
    /// @throws when the store fails
    virtual awaitable<std::vector<ObjectInfo>> next() = 0;
    /// Names of the parts of the store that could not be read so far; not to be called during next().
    [[nodiscard]] virtual std::vector<std::string> unread() const { return {}; }
};

/// A store, to those who compare it with the database. May be used from several coroutines at once.
class ObjectInventory {
public:
    virtual ~ObjectInventory() = default;
    virtual std::unique_ptr<ObjectListing> list() = 0;
    /// Of an object; nothing when there is none.
    virtual awaitable<std::optional<std::uint64_t>> size_of(std::string key) = 0;
    /// As ObjectStore::remove.
    virtual awaitable<void> remove(std::string key) = 0;
};

}  // namespace alma::storage
