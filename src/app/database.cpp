#include "app/database.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "db/postgresql/postgresql_database.hpp"
#include "db/postgresql/postgresql_uri.hpp"
#include "db/sqlite/sqlite_database.hpp"
#include "db/sqlite/sqlite_read_only.hpp"

namespace alma::app {
namespace {

std::span<const db::Migration> migrations(const Config& config) {
    return config.uses_postgresql() ? db::postgresql_migrations() : db::sqlite_migrations();
}

std::unique_ptr<db::MigrationTarget> migration_target(const Config& config) {
    if (config.uses_postgresql()) return db::postgresql_migration_target(config.postgresql_uri);
    return db::sqlite_migration_target(config.database());
}

/// Names the variable where the server, the file, or the way to it, is the trouble.
template <class Action>
auto naming_the_database(const Config& config, Action action) {
    try {
        return action();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::unavailable) throw;
        throw Error(ErrorKind::unavailable, fmt::format("DATABASE_URL: {}", error.detail()));
    } catch (const db::DatabaseError& error) {
        throw std::runtime_error(fmt::format("the database cannot be used ({}; see DATABASE_URL): {}",
                                             describe_database(config), error.what()));
    }
}

}  // namespace

int newest_schema(const Config& config) {
    const auto known = migrations(config);
    return known.empty() ? 0 : known.back().version;
}

std::vector<int> migrate_to_newest(const Config& config) {
    std::vector<int> applied = naming_the_database(
        config, [&] { return db::migrate_up(*migration_target(config), migrations(config), SystemClock()); });
    if (!applied.empty())
        log::info("schema migrated", {{"from", applied.front() - 1}, {"to", applied.back()}});
    return applied;
}

void migrate_and_tell(const Config& config) {
    const std::vector<int> applied = migrate_to_newest(config);
    if (!applied.empty() && applied.front() == 1)
        fmt::print(stderr, "alma-leads: made a new database: {}\n", describe_database(config));
}

std::vector<int> migrate_back(const Config& config, int steps) {
    return naming_the_database(
        config, [&] { return db::migrate_down(*migration_target(config), migrations(config), steps); });
}

std::vector<db::MigrationStatus> schema_status(const Config& config) {
    // The target of an SQLite file that is not there makes none.
    return naming_the_database(
        config, [&] { return db::migration_status(*migration_target(config), migrations(config)); });
}

SchemaAge schema_age(const Config& config) {
    const auto is_applied = [](const db::MigrationStatus& step) { return step.applied_at.has_value(); };
    const std::vector<db::MigrationStatus> steps = schema_status(config);
    if (std::ranges::none_of(steps, is_applied)) return SchemaAge::absent;
    return std::ranges::all_of(steps, is_applied) ? SchemaAge::current : SchemaAge::older;
}

void require_database(const Config& config) {
    if (schema_age(config) == SchemaAge::absent)
        throw Error(ErrorKind::invalid,
                    fmt::format("there is no database of alma-leads yet: {}; check DATA_DIR "
                                "and DATABASE_URL, or make one with alma-leads migrate up",
                                describe_database(config)));
}

void require_schema(const Config& config) {
    require_database(config);
    if (schema_age(config) == SchemaAge::older)
        throw Error(ErrorKind::invalid,
                    fmt::format("the database has an older schema than this program: {}; bring it up to date "
                                "with alma-leads migrate up",
                                describe_database(config)));
}

std::unique_ptr<db::Database> open_database(const Config& config) {
    if (!config.uses_postgresql())
        return std::make_unique<db::SqliteDatabase>(db::SqliteConfig{.file = config.database()});
    return std::make_unique<db::PostgresqlDatabase>(db::PostgresqlConfig{.uri = config.postgresql_uri});
}

std::unique_ptr<db::Database> open_to_look(const Config& config) {
    require_schema(config);
    if (config.uses_postgresql()) return open_database(config);
    return std::make_unique<db::SqliteReadOnly>(config.database());
}

std::string describe_database(const Config& config) {
    if (!config.uses_postgresql()) return fmt::format("SQLite, {}", config.database().string());
    return fmt::format("PostgreSQL, {}", db::describe_postgresql_uri(config.postgresql_uri));
}

}  // namespace alma::app
