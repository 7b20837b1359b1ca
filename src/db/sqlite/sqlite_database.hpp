/// The embedded engine: SQLite in WAL mode, one writer thread, a read-only connection per thread that reads.
#pragma once

#include "db/database.hpp"
#include "db/migrator.hpp"

#include <chrono>
#include <filesystem>
#include <memory>

namespace alma::db {

struct SqliteConfig {
    std::filesystem::path file;
    std::size_t search_threads = 2;
    std::size_t max_waiting_searches = 256;
    std::size_t max_waiting_writes = 4096;
    std::size_t max_batch = 64;                        ///< transactions of callers in one durable commit
    std::chrono::milliseconds longest_search{10'000};  ///< then it is stopped: Error{unavailable}
};

/// Why one writer: SQLite 3.40.1 can corrupt a WAL file when two connections write or checkpoint (the
/// WAL-reset race, fixed in 3.51.3). Here one connection does all of both; every other one is query_only.
class SqliteDatabase final : public Database {
public:
    /// Opens, and creates, the file. The schema is the migrator's business, before.
    explicit SqliteDatabase(SqliteConfig config);
    ~SqliteDatabase() override;  ///< finishes waiting writes, checkpoints

    awaitable<Rows> read(Statement statement) override;
    awaitable<Rows> search(Statement statement) override;
    using Database::write;
    awaitable<std::optional<std::vector<Rows>>> write(std::vector<Statement> transaction) override;
    [[nodiscard]] std::optional<std::uint64_t> commits() const override;
    awaitable<void> check() override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Opens a connection that writes from lock() to unlock(): no SqliteDatabase may be open on the file then.
/// Without the lock, applied() only reads, so that `migrate status` may look at a running service.
/// @param longest_wait for another process that migrates
std::unique_ptr<MigrationTarget> sqlite_migration_target(
    const std::filesystem::path& file, std::chrono::milliseconds longest_wait = std::chrono::seconds(60));

}  // namespace alma::db
