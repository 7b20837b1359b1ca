#include "db/database.hpp"

namespace alma::db {

awaitable<Rows> Database::write(Statement statement) {
    statement.must_return_row = false;
    std::vector<Statement> transaction;
    transaction.push_back(std::move(statement));
    std::optional<std::vector<Rows>> results = co_await write(std::move(transaction));
    co_return std::move(results->front());
}

}  // namespace alma::db
