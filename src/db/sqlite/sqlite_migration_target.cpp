#include "base/error.hpp"
#include "base/files.hpp"
#include "db/sqlite/sqlite_connection.hpp"
#include "db/sqlite/sqlite_database.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <thread>

namespace alma::db {
namespace {

std::vector<MigrationTarget::Applied> applied_in(SqliteConnection& connection) {
    const Rows table = connection.run(sql("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'"));
    if (table.empty()) return {};
    const Rows rows = connection.run(
        sql("SELECT version, name, checksum, applied_at FROM schema_migrations ORDER BY version"));
    std::vector<MigrationTarget::Applied> applied;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        MigrationTarget::Applied& step = applied.emplace_back();
        read_cell(rows[i][0], step.version);
        read_cell(rows[i][1], step.name);
        read_cell(rows[i][2], step.checksum);
        read_cell(rows[i][3], step.applied_at);
    }
    return applied;
}

class SqliteMigrationTarget final : public MigrationTarget {
public:
    SqliteMigrationTarget(std::filesystem::path file, std::chrono::milliseconds longest_wait)
        : file_(std::move(file)), longest_wait_(longest_wait) {}

    void lock() override {
        std::filesystem::path lock_file = file_;
        lock_file += ".migration-lock";
        lock_file_ = open_lock_file(lock_file);
        if (!lock_within(longest_wait_, lock_file_.get()))
            throw Error(ErrorKind::unavailable,
                        "Another alma-leads is migrating this database and does not come to an end. "
                        "Wait for it, or stop it, then try again.");
        try {
            // Only now: two connections that write, if only their headers, are what SQLite 3.40 must be
            // spared.
            connection_ = std::make_unique<SqliteConnection>(file_, SqliteConnection::Access::read_write);
            // Rebuilding a table drops the old one, which would delete what refers to it; see
            // https://sqlite.org/lang_altertable.html#otheralter. Checked before each commit instead.
            connection_->run_script("PRAGMA foreign_keys = OFF");
        } catch (...) {
            unlock();
            throw;
        }
    }

    void unlock() override {
        connection_.reset();
        lock_file_ = FileDescriptor();
    }

    std::vector<Applied> applied() override {
        if (connection_) return applied_in(*connection_);
        if (!std::filesystem::exists(file_)) return {};
        SqliteConnection reader(file_, SqliteConnection::Access::read_only);
        return applied_in(reader);
    }

    void apply(const Migration& migration, std::string_view checksum, Instant now) override {
        transact(migration, migration.up, [&] {
            connection_->run_script(
                "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT "
                "NULL,"
                " checksum TEXT NOT NULL, applied_at TEXT NOT NULL)");
            connection_->run(sql(
                "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
                migration.version, migration.name, checksum, now));
        });
    }

    void revert(const Migration& migration) override {
        transact(migration, migration.down, [&] {
            connection_->run(sql("DELETE FROM schema_migrations WHERE version = $1", migration.version));
        });
    }

private:
    template <class Record>
    void transact(const Migration& migration, std::string_view script, Record record) {
        if (!connection_) throw std::logic_error("a migration runs under the lock");
        connection_->run(sql("BEGIN IMMEDIATE"));
        try {
            connection_->run_script(script);
            if (!connection_->is_in_transaction()) {
                throw std::logic_error("the script must not end the migrator's transaction");
            }
            record();
            if (!connection_->run(sql("PRAGMA foreign_key_check")).empty()) {
                throw DatabaseError("it leaves rows that refer to missing ones");
            }
            connection_->run(sql("COMMIT"));
        } catch (const DatabaseError& error) {
            roll_back();
            throw DatabaseError(fmt::format("migration {:04} ({}) failed, and changed nothing: {}",
                                            migration.version, migration.name, error.what()));
        } catch (...) {
            roll_back();
            throw;
        }
    }

    void roll_back() {
        if (connection_->is_in_transaction()) connection_->run(sql("ROLLBACK"));
    }

    const std::filesystem::path file_;
    const std::chrono::milliseconds longest_wait_;
    FileDescriptor lock_file_;
    std::unique_ptr<SqliteConnection> connection_;
};

}  // namespace

std::unique_ptr<MigrationTarget> sqlite_migration_target(const std::filesystem::path& file,
                                                         std::chrono::milliseconds longest_wait) {
    return std::make_unique<SqliteMigrationTarget>(file, longest_wait);
}

}  // namespace alma::db
