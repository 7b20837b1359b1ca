/// Accounts made without the cost of hashing a password.
#pragma once

#include "base/email_address.hpp"
#include "db/database.hpp"
#include "http/principal.hpp"
#include "support/run.hpp"

#include <cstdint>
#include <string>

namespace alma {

constexpr const char* cheap_password = "correct horse battery staple";
/// Of cheap_password, made by argon2-cffi: microseconds to verify.
constexpr const char* cheap_hash =
    "$argon2id$v=19$m=64,t=1,p=1$F3SuTCjLudQpO7zK/1t6Jg$4vbSX6PIDj7h9Chmm2FXQmfPce1jG5UvVl/912darhc";

struct AUser {
    std::string email = "ann@example.com";
    http::Role role = http::Role::attorney;
    bool is_active = true;
    std::string hashed_password = cheap_hash;
};

/// @return its id
inline std::int64_t insert_user(db::Database& database, const AUser& user) {
    const db::Rows rows = run(database.write(db::sql(R"(
        INSERT INTO users (email, email_folded, hashed_password, role, is_active, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, '2025-09-26T19:42:27.248539', '2025-09-26T19:42:27.248539')
        RETURNING id)",
                                                     user.email, fold_email(user.email), user.hashed_password,
                                                     user.role, user.is_active)));
    return rows.front().get<std::int64_t>(0);
}

/// The number that a SELECT of one gives.
template <class... Args>
std::int64_t select_number(db::Database& database, std::string_view text, Args&&... args) {
    return run(database.search(db::sql(text, std::forward<Args>(args)...)))
        .front()
        .template get<std::int64_t>(0);
}

}  // namespace alma
