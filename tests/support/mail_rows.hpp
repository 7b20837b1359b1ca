/// Rows that mails speak of.
#pragma once

#include "db/database.hpp"
#include "mail/outbox.hpp"
#include "support/run.hpp"

#include <string>

namespace alma::mail {

inline void add_user(db::Database& db, const std::string& email, const std::string& role,
                     bool is_active = true) {
    static constexpr std::string_view insert = R"(
        INSERT INTO users (email, email_folded, hashed_password, role, is_active, created_at, updated_at)
        VALUES ($1, $1, 'x', $2, $3, $4, $4))";
    run(db.write(db::sql(insert, email, role, is_active, SystemClock().now())));
}

/// A lead with its mails, as a submission writes them.
inline Uuid add_lead(db::Database& db, Instant now, const std::string& email = "lukasz@example.com") {
    static constexpr std::string_view insert = R"(
        INSERT INTO leads (uuid, first_name, last_name, email, resume_path, resume_name, resume_type, resume_size,
                           created_at, updated_at)
        VALUES ($1, 'Łukasz', 'O''Neil', $2, 'key', 'cv.pdf', 'application/pdf', 1, $3, $3))";
    const Uuid uuid = random_uuid();
    std::vector<db::Statement> transaction = enqueue_mails_about(uuid, now);
    transaction.insert(transaction.begin(), db::sql(insert, uuid, email, now));
    run(db.write(std::move(transaction)));
    return uuid;
}

inline std::int64_t count(db::Database& db, std::string_view select) {
    return run(db.read(db::sql(select))).front().get<std::int64_t>(0);
}

}  // namespace alma::mail
