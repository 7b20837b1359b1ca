/// The schema of the embedded database, for the server and the command line. The caller owns DATA_DIR, but
/// for schema_status.
#pragma once

#include "db/migrator.hpp"

#include <filesystem>
#include <vector>

namespace alma::app {

/// The newest version that this binary knows.
int newest_schema();

/// Applies what is pending, and logs it. @return the versions that were applied
std::vector<int> migrate_to_newest(const std::filesystem::path& database);

/// @return the versions that were taken back
std::vector<int> migrate_back(const std::filesystem::path& database, int steps);

/// May be called while a server runs.
std::vector<db::MigrationStatus> schema_status(const std::filesystem::path& database);

}  // namespace alma::app
