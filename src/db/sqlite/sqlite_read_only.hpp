/// An SQLite file beside the process that owns it.
#pragma once

#include "db/database.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <filesystem>

namespace alma::db {

/// For commands that look at the database of a service that may be running: neither writes nor checkpoints
/// (see SqliteDatabase for why), and each read is a short one, so that it holds up no checkpoint either.
/// Blocks the thread that calls, which serves nobody else.
class SqliteReadOnly final : public Database {
public:
    /// @throws DatabaseError when there is no such file
    explicit SqliteReadOnly(const std::filesystem::path& file)
        : connection_(file, SqliteConnection::Access::read_only) {}

    awaitable<Rows> read(Statement statement) override;
    awaitable<Rows> search(Statement statement) override;
    using Database::write;
    /// @throws std::logic_error always
    awaitable<std::optional<std::vector<Rows>>> write(std::vector<Statement> transaction) override;
    awaitable<void> check() override;

private:
    SqliteConnection connection_;
};

}  // namespace alma::db
