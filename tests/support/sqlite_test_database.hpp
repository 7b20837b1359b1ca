/// A fresh SQLite database with the product's schema, for tests of the engine: a real file, gone with its
/// test.
#pragma once

#include "db/sqlite/sqlite_database.hpp"
#include "support/temporary_directory.hpp"

#include <optional>
#include <utility>

namespace alma {

/// SqliteTestDatabase database;
/// co_await database->write(db::sql("INSERT ..."));
class SqliteTestDatabase {
public:
    SqliteTestDatabase() : SqliteTestDatabase(db::SqliteConfig{}) {}
    /// @param config all but the file
    explicit SqliteTestDatabase(db::SqliteConfig config) : config_(std::move(config)) {
        config_.file = directory_ / "leads.db";
        const auto target = db::sqlite_migration_target(config_.file);
        db::migrate_up(*target, db::sqlite_migrations(), SystemClock());
        open();
    }

    db::SqliteDatabase& operator*() { return *database_; }
    db::SqliteDatabase* operator->() { return &*database_; }

    [[nodiscard]] const std::filesystem::path& file() const { return config_.file; }
    void close() { database_.reset(); }
    void open() { database_.emplace(config_); }

private:
    TemporaryDirectory directory_;
    db::SqliteConfig config_;
    std::optional<db::SqliteDatabase> database_;
};

}  // namespace alma
