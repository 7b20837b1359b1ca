#include "leads/retention.hpp"

namespace alma::leads {
namespace {

constexpr std::size_t page = 100;

awaitable<std::size_t> erase_expired_of(db::Database& db, Eraser& eraser, LeadStatus status, Instant before) {
    static constexpr std::string_view select = R"(
        SELECT id, uuid, version FROM leads
        WHERE id > $1 AND status = $2 AND updated_at < $3
        ORDER BY id LIMIT $4)";
    constexpr audit::Actor service{.kind = audit::ActorKind::service};
    std::size_t erased = 0;
    std::int64_t last = 0;
    while (true) {
        const db::Rows rows = co_await db.search(db::sql(select, last, status, before, page));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            last = rows[i].get<std::int64_t>(0);
            if (co_await eraser.erase(rows[i].get<Uuid>(1), service, rows[i].get<std::int64_t>(2))) ++erased;
        }
        if (rows.size() < page) co_return erased;
    }
}

}  // namespace

awaitable<std::size_t> erase_expired(db::Database& db, Eraser& eraser, const Clock& clock,
                                     RetentionConfig config) {
    std::size_t erased = 0;
    const Instant now = clock.now();
    if (config.pending)
        erased += co_await erase_expired_of(db, eraser, LeadStatus::pending, now - *config.pending);
    if (config.reached_out)
        erased += co_await erase_expired_of(db, eraser, LeadStatus::reached_out, now - *config.reached_out);
    co_return erased;
}

}  // namespace alma::leads
