/// Whose case a lead is.
#pragma once

#include "audit/log.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace alma::leads {

struct Assignment {
    std::optional<std::int64_t> to{};       ///< users.id; nobody
    bool only_if_free = false;              ///< a claim
    std::optional<std::int64_t> version{};  ///< that the lead must have
};

/// The two statements that assign the lead, if it is somebody else's or nobody's: the second one returns a
/// row when it was. Deactivated users get none.
std::vector<db::Statement> assign(Uuid lead, const Assignment& assignment, audit::Actor actor, Instant at);

/// An active user's id. @throws Error{invalid} when there is none with that e-mail
awaitable<std::int64_t> find_assignee(db::Database& db, std::string email);

/// The user's e-mail; empty when there is no such user.
awaitable<std::string> email_of(db::Database& db, std::int64_t user);

constexpr std::string_view no_such_assignee = "The assignee is no active user";

}  // namespace alma::leads
