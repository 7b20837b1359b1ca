#include "db/sqlite/sqlite_read_only.hpp"

#include <stdexcept>

namespace alma::db {

awaitable<Rows> SqliteReadOnly::read(Statement statement) {
    co_return connection_.run(statement);
}

awaitable<Rows> SqliteReadOnly::search(Statement statement) {
    co_return connection_.run(statement);
}

awaitable<std::optional<std::vector<Rows>>> SqliteReadOnly::write(std::vector<Statement>) {
    throw std::logic_error("a read-only database is written to");
    co_return std::nullopt;
}

awaitable<void> SqliteReadOnly::check() {
    co_await read(sql("SELECT count(*) FROM sqlite_schema"));
}

}  // namespace alma::db
