/// What the operations on accounts share.
#pragma once

#include "audit/log.hpp"
#include "db/database.hpp"
#include "http/principal.hpp"
#include "users/user.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace alma::users {

/// @throws Error{invalid} the contract's text
void require_email(const std::string& email);
http::Role require_role(const std::string& text);

/// On a thread of the pool. @throws Error{invalid} for a password that is none, before any thread is busy
/// with it
awaitable<std::string> hash_new_password(WorkerPool& pool, std::string password);

/// Of a transaction that looks at other users than the one it changes, the first statement: two of them at
/// once might not see each other's work. SQLite has one writer; PostgreSQL lets the second one wait, and look
/// only then.
db::Statement take_turn();

/// Behind the statement that creates or changes the user. @param details a JSON object
db::Statement record(audit::Action action, audit::Actor actor, const std::string& email_folded, Instant at,
                     const std::string& details = "{}");

/// {"role":"ATTORNEY"}
std::string role_details(http::Role role);

/// @param change the statement, of those in the transaction, that is required and returns a T
/// @return nothing when it, or another one that is required, returned none: then nothing was changed, and
///         nothing recorded
template <class T>
awaitable<std::optional<T>> write_returning(db::Database& db, std::vector<db::Statement> transaction,
                                            std::size_t change) {
    const std::optional<std::vector<db::Rows>> results = co_await db.write(std::move(transaction));
    if (!results) co_return std::nullopt;
    co_return results->at(change).template first_as<T>();
}

}  // namespace alma::users
