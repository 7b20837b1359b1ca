/// Brings a database's schema to the version that the binary knows.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alma::db {

/// One step, embedded from migrations/ENGINE/NNNN_name.{up,down}.sql.
struct Migration {
    int version;
    std::string_view name;
    std::string_view up;
    std::string_view down;
};

/// All steps of an engine, by version. Checksums are SHA-256 of the up script.
std::span<const Migration> sqlite_migrations();
std::span<const Migration> postgresql_migrations();

struct MigrationStatus {
    int version;
    std::string name;
    std::optional<Instant> applied_at;  ///< absent: pending
};

/// What an engine gives to the migrator: an exclusive lock, a script runner, and the table schema_migrations.
class MigrationTarget {
public:
    virtual ~MigrationTarget() = default;
    /// Waits (at most 60 s) until no other process migrates this database.
    /// @throws Error{unavailable} when that takes longer
    virtual void lock() = 0;
    virtual void unlock() = 0;

    struct Applied {
        int version;
        std::string name;
        std::string checksum;
        Instant applied_at;
    };
    /// In order of version; nothing when there is no table yet. Works without the lock, too.
    virtual std::vector<Applied> applied() = 0;
    /// Runs the script and records (or, going down, removes) its row, in one transaction.
    virtual void apply(const Migration& migration, std::string_view checksum, Instant now) = 0;
    virtual void revert(const Migration& migration) = 0;
};

/// @throws Error{conflict} when the database is newer than the binary, or a script that was applied has
/// changed:
///         the text says which and what to do. Nothing is changed then.
/// @return the versions that were applied, or reverted
std::vector<int> migrate_up(MigrationTarget& target, std::span<const Migration> migrations,
                            const Clock& clock);
std::vector<int> migrate_down(MigrationTarget& target, std::span<const Migration> migrations, int steps);
/// What was applied, then what is pending. Takes no lock and changes nothing.
std::vector<MigrationStatus> migration_status(MigrationTarget& target, std::span<const Migration> migrations);

}  // namespace alma::db
