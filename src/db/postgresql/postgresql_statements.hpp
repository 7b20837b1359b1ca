/// The statements that one PostgreSQL session has prepared.
#pragma once

#include "db/statement.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace alma::db {

/// A statement in PostgreSQL's dialect: what stands in a comment /*postgresql ...*/ is part of it. SQLite
/// sees the comment, and so both engines share one text where they differ in a word:
///     ... ORDER BY id LIMIT $4 /*postgresql FOR UPDATE SKIP LOCKED*/
std::string in_postgresql(std::string_view sql);

/// The same, for a statement that must return a row: without one it fails on the server, which rolls its
/// transaction back although all of it is on the way already. is_missing_row() knows that failure.
std::string requiring_row(std::string_view sql);

/// @param message of an error with the SQLSTATE 22P02
bool is_missing_row(std::string_view message);

/// The highest n of its placeholders $n.
std::size_t placeholders_in(std::string_view sql);

/// By the address and length of a statement's text, as SqliteConnection does it.
class PostgresqlStatements {
public:
    struct Entry {
        std::string name;
        std::string text;  ///< in PostgreSQL's dialect
        std::size_t values = 0;
        bool is_prepared = false;  ///< or on the way to be
    };

    /// Lives as long as this.
    /// @throws std::logic_error for the 1025th text: then they are no literals
    Entry& of(const Statement& statement);

private:
    struct Key {
        const char* text;
        std::size_t length;
        bool must_return_row;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const {
            return std::hash<const char*>()(key.text) ^ (key.length << 1U) ^ (key.must_return_row ? 1U : 0U);
        }
    };

    std::unordered_map<Key, std::unique_ptr<Entry>, Hash> entries_;
};

}  // namespace alma::db
