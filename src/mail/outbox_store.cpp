#include "mail/outbox.hpp"

namespace alma::mail {

std::vector<db::Statement> enqueue_mails_about(const Uuid& lead, Instant now) {
    // One statement for both: a submission pays for each.
    static constexpr std::string_view insert = R"(
        INSERT INTO outbox (message_id, lead_id, kind, next_attempt_at, created_at)
        VALUES ($1, (SELECT id FROM leads WHERE uuid = $3), 'CONFIRMATION', $4, $4),
               ($2, (SELECT id FROM leads WHERE uuid = $3), 'NOTIFICATION', $4, $4))";
    std::vector<db::Statement> statements;
    statements.push_back(db::sql(insert, random_uuid(), random_uuid(), lead, now));
    return statements;
}

}  // namespace alma::mail
