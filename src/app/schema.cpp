#include "app/schema.hpp"

#include "base/log.hpp"
#include "db/sqlite/sqlite_database.hpp"

namespace alma::app {

int newest_schema() {
    const auto migrations = db::sqlite_migrations();
    return migrations.empty() ? 0 : migrations.back().version;
}

std::vector<int> migrate_to_newest(const std::filesystem::path& database) {
    const auto target = db::sqlite_migration_target(database);
    std::vector<int> applied = db::migrate_up(*target, db::sqlite_migrations(), SystemClock());
    if (!applied.empty())
        log::info("schema migrated", {{"from", applied.front() - 1}, {"to", applied.back()}});
    return applied;
}

std::vector<int> migrate_back(const std::filesystem::path& database, int steps) {
    const auto target = db::sqlite_migration_target(database);
    return db::migrate_down(*target, db::sqlite_migrations(), steps);
}

std::vector<db::MigrationStatus> schema_status(const std::filesystem::path& database) {
    if (!std::filesystem::exists(database)) {  // looking must not create it
        std::vector<db::MigrationStatus> pending;
        for (const db::Migration& migration : db::sqlite_migrations())
            pending.push_back({migration.version, std::string(migration.name), std::nullopt});
        return pending;
    }
    const auto target = db::sqlite_migration_target(database);
    return db::migration_status(*target, db::sqlite_migrations());
}

}  // namespace alma::app
