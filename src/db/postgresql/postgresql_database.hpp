/// The engine for many instances: PostgreSQL through libpq's pipeline mode.
#pragma once

#include "db/database.hpp"
#include "db/migrator.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace alma::db {

struct PostgresqlConfig {
    std::string uri;  ///< as read_postgresql_url gives it
    std::size_t readers_per_loop = 1;
    std::size_t writers = 8;
    std::size_t searchers = 4;
    std::size_t max_waiting_reads = 4096;  ///< of one loop
    std::size_t max_waiting_writes = 4096;
    std::size_t max_waiting_searches = 256;
    /// Waiting for a connection included; then Error{unavailable}, or OutcomeUnknown.
    std::chrono::milliseconds longest_read{5'000};
    std::chrono::milliseconds longest_write{10'000};
    std::chrono::milliseconds longest_search{10'000};
};

/// Point reads go through connections of the calling event loop, which its requests share. Transactions and
/// searches go through connections of a thread of this class: their number is the same however many loops
/// there are. So one instance has at most `readers_per_loop` times its loops, plus `writers` and `searchers`.
///
/// Also throws OutcomeUnknown, from write(). See docs/decisions/0007-postgresql.md.
class PostgresqlDatabase final : public Database {
public:
    /// Connects when it is first used; the schema is the migrator's business, before.
    explicit PostgresqlDatabase(PostgresqlConfig config);
    ~PostgresqlDatabase() override;  ///< finishes waiting writes

    awaitable<Rows> read(Statement statement) override;
    awaitable<Rows> search(Statement statement) override;
    using Database::write;
    awaitable<std::optional<std::vector<Rows>>> write(std::vector<Statement> transaction) override;
    awaitable<void> check() override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Migrates under an advisory lock of the server, so that instances may start at the same time, and while
/// others run. Connects at the first call. Errors are those of open_postgresql_session, too.
/// @param longest_wait for another process that migrates
std::unique_ptr<MigrationTarget> postgresql_migration_target(
    std::string uri, std::chrono::milliseconds longest_wait = std::chrono::seconds(60));

}  // namespace alma::db
