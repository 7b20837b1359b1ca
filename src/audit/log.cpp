#include "audit/log.hpp"

namespace alma::audit {

db::Statement record(const Entry& entry) {
    static constexpr std::string_view insert = R"(
        INSERT INTO audit_pending (action, actor_kind, actor_id, lead_uuid, user_id, details, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7))";
    return db::sql(insert, entry.action, entry.actor.kind, entry.actor.id, entry.lead, entry.user,
                   entry.details, entry.at);
}

}  // namespace alma::audit
