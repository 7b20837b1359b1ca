#include "db/migrator.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

namespace alma::db {
namespace {

using Applied = MigrationTarget::Applied;

class Lock {
public:
    explicit Lock(MigrationTarget& target) : target_(target) { target_.lock(); }
    ~Lock() { target_.unlock(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    MigrationTarget& target_;
};

std::string checksum_of(const Migration& migration) {
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(migration.up.data()),
                       migration.up.size());
    return to_hex(hash);
}

[[noreturn]] void refuse_newer(const Applied& newest, std::size_t known) {
    throw Error(
        ErrorKind::conflict,
        fmt::format("The database has schema version {} ({}), but this alma-leads knows versions up to {}. "
                    "Start the newer alma-leads that made it; or go back with that one first: "
                    "alma-leads migrate down {}",
                    newest.version, newest.name, known, newest.version - static_cast<int>(known)));
}

[[noreturn]] void refuse_altered(const Applied& applied, const Migration& migration) {
    throw Error(
        ErrorKind::conflict,
        fmt::format("Migration {:04} ({}) is not the one that was applied to this database as {:04} ({}). "
                    "Start the alma-leads that applied it, or restore its script; "
                    "what must change goes into a new migration.",
                    migration.version, migration.name, applied.version, applied.name));
}

/// What was applied is the beginning of what we know, script by script. @return how many
std::size_t verify(const std::vector<Applied>& applied, std::span<const Migration> migrations) {
    if (applied.size() > migrations.size()) refuse_newer(applied.back(), migrations.size());
    for (std::size_t i = 0; i < applied.size(); ++i) {
        const bool is_same =
            applied[i].version == migrations[i].version && applied[i].checksum == checksum_of(migrations[i]);
        if (!is_same) refuse_altered(applied[i], migrations[i]);
    }
    return applied.size();
}

}  // namespace

std::vector<int> migrate_up(MigrationTarget& target, std::span<const Migration> migrations,
                            const Clock& clock) {
    const Lock lock(target);
    const std::size_t done = verify(target.applied(), migrations);
    std::vector<int> versions;
    for (const Migration& migration : migrations.subspan(done)) {
        target.apply(migration, checksum_of(migration), clock.now());
        versions.push_back(migration.version);
    }
    return versions;
}

std::vector<int> migrate_down(MigrationTarget& target, std::span<const Migration> migrations, int steps) {
    const Lock lock(target);
    std::size_t done = verify(target.applied(), migrations);
    std::vector<int> versions;
    for (; steps > 0 && done > 0; --steps, --done) {
        target.revert(migrations[done - 1]);
        versions.push_back(migrations[done - 1].version);
    }
    return versions;
}

std::vector<MigrationStatus> migration_status(MigrationTarget& target,
                                              std::span<const Migration> migrations) {
    std::vector<MigrationStatus> statuses;
    for (Applied& applied : target.applied())
        statuses.push_back({applied.version, std::move(applied.name), applied.applied_at});
    const std::size_t done = std::min(statuses.size(), migrations.size());
    for (const Migration& migration : migrations.subspan(done))
        statuses.push_back({migration.version, std::string(migration.name), std::nullopt});
    return statuses;
}

}  // namespace alma::db
