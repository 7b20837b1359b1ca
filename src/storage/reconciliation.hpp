/// Compares what a store holds with what the database says about it.
#pragma once

#include "db/sqlite/sqlite_connection.hpp"
#include "storage/object_listing.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alma::storage {

/// Whether ObjectKeys hands out keys like this one. An object under any other key is somebody else's.
bool is_key_of_ours(std::string_view key);

/// Keys of upload_intents, at most `limit`, in the database's order. @param after the last one before; "":
/// from the start
awaitable<std::vector<std::string>> list_upload_intents(db::Database& db, std::string after,
                                                        std::size_t limit);

/// A lead's claim to an object.
struct ObjectClaim {
    std::string lead;  ///< its UUID
    std::string key;
    std::uint64_t size = 0;
};

/// A claim that the store does not meet.
struct UnmetClaim {
    ObjectClaim claim;
    std::optional<std::uint64_t> found_size;  ///< absent: no such object
};

/// Both sides are gathered, in any order, in an SQLite file without a name, and joined there: memory does not
/// grow with either, and neither database nor store need sort anything. Used by one thread.
class Reconciliation {
public:
    /// @param directory where there is room for some 200 bytes an object
    explicit Reconciliation(const std::filesystem::path& directory);

    void add(const std::vector<ObjectInfo>& objects);
    void add(const std::vector<ObjectClaim>& claims);
    void add_intents(const std::vector<std::string>& keys);

    /// At most `limit`, by key and lead. @param after the last one before; nothing: from the start
    std::vector<UnmetClaim> unmet_claims(const std::optional<ObjectClaim>& after, std::size_t limit);
    /// Objects under keys of ours that no claim and no intent covers; at most `limit`, by key.
    std::vector<ObjectInfo> orphans(const std::string& after, std::size_t limit);

    /// Of the objects under keys of ours that were last changed at `until` or before.
    struct Tally {
        std::uint64_t objects = 0;
        std::uint64_t orphans = 0;
    };
    [[nodiscard]] Tally tally_until(Instant until);

    [[nodiscard]] std::uint64_t objects();
    /// Objects under other keys, without a claim.
    [[nodiscard]] std::uint64_t foreign_objects();

private:
    db::SqliteConnection scratch_;
};

}  // namespace alma::storage
