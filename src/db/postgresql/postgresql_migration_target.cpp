#include "base/error.hpp"
#include "db/database.hpp"
#include "db/postgresql/postgresql_database.hpp"
#include "db/postgresql/postgresql_outcome.hpp"
#include "db/postgresql/postgresql_session.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace alma::db {
namespace {

/// A migration may rebuild a table of millions of rows.
constexpr std::chrono::milliseconds longest_script = std::chrono::hours(1);

/// For the locks of the script. All that come to a table after a script that waits for it wait as well, those
/// of instances that serve: better that it gives up, and is tried again.
constexpr const char* limit_waits = "SET lock_timeout = '3s'";
constexpr const char* in_use =
    "the schema is to be migrated, and a table of it is in use for too long; nothing was changed. Try again.";

/// One number for each schema of a database that could hold our tables: a hash of its name.
constexpr const char* take_lock =
    "SELECT pg_advisory_lock(hashtextextended('alma-leads migrations of ' || coalesce(current_schema(), ''), "
    "0))";
constexpr const char* no_schema_problem =
    "the user has no schema to create tables in: GRANT CREATE ON SCHEMA, or set its search_path";

class PostgresqlMigrationTarget final : public MigrationTarget {
public:
    PostgresqlMigrationTarget(std::string uri, std::chrono::milliseconds longest_wait)
        : uri_(std::move(uri)), longest_wait_(longest_wait) {}

    void lock() override {
        run(fmt::format("SET lock_timeout = {}", longest_wait_.count()));
        const PostgresqlResult taken(PQexec(session(), take_lock));
        if (is_lock_not_available(taken)) {
            throw Error(ErrorKind::unavailable,
                        "Another alma-leads is migrating this database and does not come to an end. "
                        "Wait for it, or stop it, then try again.");
        }
        must_succeed(taken);
        run(limit_waits);
    }

    /// The lock is the session's.
    void unlock() override { session_.reset(); }

    std::vector<Applied> applied() override {
        const PostgresqlResult table = run("SELECT to_regclass('schema_migrations') IS NULL");
        if (rows_of(table.get()).front().get<bool>(0)) return {};
        const PostgresqlResult result =
            run("SELECT version, name, checksum, applied_at FROM schema_migrations ORDER BY version");
        const Rows rows = rows_of(result.get());
        std::vector<Applied> applied;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            Applied& step = applied.emplace_back();
            read_cell(rows[i][0], step.version);
            read_cell(rows[i][1], step.name);
            read_cell(rows[i][2], step.checksum);
            read_cell(rows[i][3], step.applied_at);
        }
        return applied;
    }

    void apply(const Migration& migration, std::string_view checksum, Instant now) override {
        transact(migration, migration.up, [&] {
            run("CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT "
                "NULL,"
                " checksum text NOT NULL, applied_at timestamp NOT NULL)");
            run("INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
                {std::to_string(migration.version), std::string(migration.name), std::string(checksum),
                 to_text(now)});
        });
    }

    void revert(const Migration& migration) override {
        transact(migration, migration.down, [&] {
            run("DELETE FROM schema_migrations WHERE version = $1", {std::to_string(migration.version)});
        });
    }

private:
    template <class Record>
    void transact(const Migration& migration, std::string_view script, Record record) {
        run("BEGIN");
        try {
            run(std::string(script));
            if (PQtransactionStatus(session()) != PQTRANS_INTRANS) {
                throw std::logic_error("the script must not end the migrator's transaction");
            }
            record();
            run("COMMIT");
        } catch (const DatabaseError& error) {
            roll_back();
            throw DatabaseError(fmt::format("migration {:04} ({}) failed, and changed nothing: {}",
                                            migration.version, migration.name, error.what()));
        } catch (...) {
            roll_back();
            throw;
        }
    }

    void roll_back() { const PostgresqlResult ignored(PQexec(session(), "ROLLBACK")); }

    /// A script of any number of statements.
    PostgresqlResult run(const std::string& script) {
        PostgresqlResult result(PQexec(session(), script.c_str()));
        must_succeed(result);
        return result;
    }

    void run(const char* statement, const std::vector<std::string>& texts) {
        std::vector<const char*> values;
        for (const std::string& text : texts)
            values.push_back(text.c_str());
        must_succeed(PostgresqlResult(PQexecParams(session(), statement, static_cast<int>(values.size()),
                                                   nullptr, values.data(), nullptr, nullptr, 0)));
    }

    void must_succeed(const PostgresqlResult& result) {
        const ExecStatusType status = PQresultStatus(result.get());
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
        const std::string problem = in_one_line(PQerrorMessage(session()));
        // At a COMMIT, nobody knows what became of it; whoever migrates next will see.
        if (PQstatus(session()) == CONNECTION_BAD)
            throw Error(ErrorKind::unavailable, "lost while migrating the schema: " + problem);
        if (is_lock_not_available(result)) throw Error(ErrorKind::unavailable, in_use);
        throw DatabaseError(sqlstate(result) == "3F000" ? no_schema_problem : problem);
    }

    static std::string_view sqlstate(const PostgresqlResult& result) {
        const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
        return state == nullptr ? std::string_view() : state;
    }
    static bool is_lock_not_available(const PostgresqlResult& result) { return sqlstate(result) == "55P03"; }

    PGconn* session() {
        if (!session_) session_ = open_postgresql_session(uri_, {.longest_statement = longest_script});
        return session_.get();
    }

    const std::string uri_;
    const std::chrono::milliseconds longest_wait_;
    PostgresqlSession session_;
};

}  // namespace

std::unique_ptr<MigrationTarget> postgresql_migration_target(std::string uri,
                                                             std::chrono::milliseconds longest_wait) {
    return std::make_unique<PostgresqlMigrationTarget>(std::move(uri), longest_wait);
}

}  // namespace alma::db
