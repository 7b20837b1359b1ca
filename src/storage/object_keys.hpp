/// Keys for new objects, and the removal of objects whose transaction never committed.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "storage/object_store.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>

namespace alma::storage {

/// Hands out keys that are written down (table upload_intents) before any object can stand under them, in
/// blocks, so that a submission costs no write of its own. May be used from every event loop at once.
class ObjectKeys {
public:
    ObjectKeys(db::Database& db, const Clock& clock, std::string owner);

    /// A fresh key, good for ten minutes at least.
    awaitable<std::string> next();

    /// For the transaction that makes the object permanent: takes the key off the list. Returns no row, and
    /// so voids the transaction, when the sweeper was there first.
    [[nodiscard]] static db::Statement keep(const std::string& key);

private:
    db::Database& db_;
    const Clock& clock_;
    const std::string owner_;
    std::mutex mutex_;
    struct Reserved {
        std::string key;
        Instant at;
    };
    std::deque<Reserved> free_;
};

/// Removes objects and rows of intents that were never kept: those of other owners when `owner` is the only
/// process that uses the store (embedded), and those older than an hour in any case.
/// @return how many objects were removed
awaitable<std::size_t> sweep_uploads(db::Database& db, ObjectStore& objects, const Clock& clock,
                                     const std::string& owner, bool is_only_process);

}  // namespace alma::storage
