/// SQL statements and their parameters, the same for every engine.
#pragma once

#include "base/enum_text.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace alma::db {

using Param = std::variant<std::monostate, bool, std::int64_t, std::string>;  // monostate is NULL

inline Param to_param(std::nullopt_t) {
    return std::monostate();
}
inline Param to_param(std::same_as<bool> auto value) {
    return value;
}
inline Param to_param(std::integral auto value)
    requires(!std::same_as<decltype(value), bool>)
{
    return static_cast<std::int64_t>(value);
}
inline Param to_param(std::string text) {
    return text;
}
inline Param to_param(std::string_view text) {
    return std::string(text);
}
inline Param to_param(const char* text) {
    return std::string(text);
}
inline Param to_param(Instant instant) {
    return to_text(instant);
}
inline Param to_param(const Uuid& uuid) {
    return to_text(uuid);
}
template <DescribedEnum E>
Param to_param(E value) {
    return std::string(to_text(value));
}
template <class T>
Param to_param(const std::optional<T>& value) {
    return value ? to_param(*value) : Param(std::monostate());
}

/// One statement with its values. Owns them, so that it may wait in a queue.
struct Statement {
    /// A literal, which is also the key of the engines' caches of prepared statements: its address must stay
    /// valid. Placeholders are $1, $2, ... in the subset of SQL that SQLite 3.40 and PostgreSQL 15 share.
    /// Where PostgreSQL needs a word more, it stands in a comment that SQLite skips and PostgreSQL gets:
    /// /*postgresql FOR UPDATE SKIP LOCKED*/.
    std::string_view sql;
    std::vector<Param> params;
    /// In a write: without a row (RETURNING) the whole transaction is rolled back and write() returns nothing
    /// for it.
    bool must_return_row = false;
};

/// sql("SELECT ... WHERE id = $1", id)
template <class... Args>
Statement sql(std::string_view text, Args&&... args) {
    Statement statement{.sql = text, .params = {}};
    statement.params.reserve(sizeof...(args));
    (statement.params.push_back(to_param(std::forward<Args>(args))), ...);
    return statement;
}

/// The same, for a statement of a transaction that is void when this one returns no row.
template <class... Args>
Statement required(std::string_view text, Args&&... args) {
    Statement statement = sql(text, std::forward<Args>(args)...);
    statement.must_return_row = true;
    return statement;
}

}  // namespace alma::db
