#include "app/migrate_commands.hpp"

#include "app/data_directory.hpp"
#include "app/database.hpp"
#include "base/json.hpp"

#include <fmt/format.h>

namespace alma::app {
namespace {

/// Nobody else may be at an SQLite file. A PostgreSQL server has a lock of its own.
std::optional<DataDirectory> own_sqlite(const Config& config, std::string_view purpose,
                                        std::chrono::milliseconds patience) {
    if (config.uses_postgresql()) return std::nullopt;
    return std::make_optional<DataDirectory>(config.data_directory, config.database(), purpose, patience);
}

struct Step {
    int version = 0;
    std::string name;
    std::optional<Instant> applied_at;
};
BOOST_DESCRIBE_STRUCT(Step, (), (version, name, applied_at))

}  // namespace

void migrate_up(const Config& config) {
    // A running server has migrated at its start: then there is nothing to take DATA_DIR for.
    if (schema_age(config) == SchemaAge::current) {
        fmt::print("nothing to apply: the schema is at version {}\n", newest_schema(config));
        return;
    }
    const auto owned = own_sqlite(config, "alma-leads migrate up", std::chrono::seconds(5));
    for (const int version : migrate_to_newest(config))
        fmt::print("applied {:04}\n", version);
}

void migrate_down(const Config& config, int steps) {
    require_database(config);
    const auto owned = own_sqlite(config, "alma-leads migrate down", std::chrono::seconds(1));
    for (const int version : migrate_back(config, steps))
        fmt::print("took back {:04}\n", version);
}

void print_migrations(const Config& config, bool as_json) {
    std::vector<Step> steps;
    for (const db::MigrationStatus& entry : schema_status(config))
        steps.push_back({.version = entry.version, .name = entry.name, .applied_at = entry.applied_at});
    if (as_json) {
        fmt::print("{}\n", to_json(steps));
        return;
    }
    for (const Step& step : steps)
        fmt::print("{:04} {:12} {}\n", step.version, step.name,
                   step.applied_at ? "applied " + to_text(*step.applied_at) : "pending");
}

}  // namespace alma::app
