/// Keys for new objects, and the removal of objects whose transaction never committed.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "storage/object_store.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace alma::storage {

/// Hands out keys that are written down (table upload_intents) before any object can stand under them, in
/// blocks, so that a submission costs no write of its own. May be used from every event loop at once.
class ObjectKeys {
public:
    ObjectKeys(db::Database& db, const Clock& clock, std::string owner);

    /// A fresh key, "ab/ab12...", good for ten minutes at least.
    /// @throws what Database::write throws, when a new block cannot be written down: then all who wait for
    /// that block at once
    awaitable<std::string> next();

    /// For the transaction that makes the object permanent: takes the key off the list. Returns no row, and
    /// so voids the transaction, when the sweeper was there first.
    [[nodiscard]] static db::Statement keep(const std::string& key);

    /// For the transaction that gives up what keep() made permanent: if nobody removes the object, the next
    /// sweep does.
    [[nodiscard]] static db::Statement give_up(const std::string& key, Instant now);
    /// When the object of a key that was given up is gone.
    [[nodiscard]] static db::Statement forget(const std::string& key);

private:
    class Refill;
    using Wake = std::move_only_function<void(std::exception_ptr)>;
    struct Reserved {
        std::string key;
        Instant at;
    };

    [[nodiscard]] std::optional<std::string> take();
    [[nodiscard]] bool begin_refill();
    awaitable<void> refill();
    awaitable<std::deque<Reserved>> write_down();
    awaitable<void> refilled_by_another();

    db::Database& db_;
    const Clock& clock_;
    const std::string owner_;
    std::mutex mutex_;
    std::deque<Reserved> free_;
    bool is_refilling_ = false;
    std::vector<Wake> waiting_;  ///< for the refill that is under way
};

/// Removes objects and rows of intents that were never kept: those of other owners when `owner` is the only
/// process that uses the store (embedded), and those older than an hour in any case.
/// An intent is claimed before its object is removed, so that a submission which commits at the same moment
/// is void instead of losing its resume. May be interrupted at any point, and run again: an object that
/// cannot be removed is left for that, and the others are removed.
/// @return how many keys were swept
/// @throws Error{unavailable} when the store as a whole does not answer
awaitable<std::size_t> sweep_uploads(db::Database& db, ObjectStore& objects, const Clock& clock,
                                     const std::string& owner, bool is_only_process);

}  // namespace alma::storage
