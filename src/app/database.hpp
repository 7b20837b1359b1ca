/// The database that DATABASE_URL names: its schema, and the engine that opens it.
#pragma once

#include "app/config.hpp"
#include "db/database.hpp"
#include "db/migrator.hpp"

#include <memory>
#include <string>
#include <vector>

namespace alma::app {

// All of these throw Error{unavailable} naming DATABASE_URL when the server cannot be used. Of an SQLite file
// the caller must own DATA_DIR, but for schema_status.

/// The newest version that this binary knows for the engine.
int newest_schema(const Config& config);

/// Applies what is pending, and logs it. @return the versions that were applied
std::vector<int> migrate_to_newest(const Config& config);

/// The same for a command, which says on standard error when there was no database: was the place meant?
void migrate_and_tell(const Config& config);

/// @return the versions that were taken back
std::vector<int> migrate_back(const Config& config, int steps);

/// May be called while a server runs.
std::vector<db::MigrationStatus> schema_status(const Config& config);

enum class SchemaAge { absent, older, current };
/// May be called while a server runs.
SchemaAge schema_age(const Config& config);

/// For commands that only make sense where there is a database already, as a rule at the place that was
/// meant.
/// @throws Error{invalid} saying where there is none
void require_database(const Config& config);
/// @throws Error{invalid} also when its schema is older than this program's
void require_schema(const Config& config);

/// Opens the database, whose schema must be there.
std::unique_ptr<db::Database> open_database(const Config& config);

/// Opens it for a command that only looks, while services may run.
/// @throws Error{invalid} as require_schema does
std::unique_ptr<db::Database> open_to_look(const Config& config);

/// For whoever starts the program, without user and password: "PostgreSQL, leads at db1:5432"
std::string describe_database(const Config& config);

}  // namespace alma::app
