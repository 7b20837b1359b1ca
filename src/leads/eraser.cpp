#include "leads/eraser.hpp"

#include "base/log.hpp"
#include "leads/lead_store.hpp"
#include "leads/search_index.hpp"
#include "storage/object_keys.hpp"

namespace alma::leads {
namespace {

db::Statement record_erasure(Uuid lead, audit::Actor actor, std::optional<std::int64_t> version, Instant at) {
    static constexpr std::string_view record = R"(
        INSERT INTO audit_pending (action, actor_kind, actor_id, lead_uuid, details, created_at)
        SELECT 'LEAD_ERASED', $2, $3, uuid,
               '{"status":"' || status
               || '","notes":' || (SELECT count(*) FROM lead_notes WHERE lead_notes.lead_id = leads.id)
               || ',"queued_mails":' || (SELECT count(*) FROM outbox WHERE outbox.lead_id = leads.id)
               || ',"failed_mails":' || (SELECT count(*) FROM failed_emails WHERE failed_emails.lead_id = leads.id)
               || '}', $5
        FROM leads WHERE uuid = $1 AND ($4 = 0 OR version = $4) /*postgresql FOR UPDATE*/
        RETURNING id, details)";
    return db::required(record, lead, actor.kind, actor.id, version.value_or(0), at);
}

}  // namespace

awaitable<std::optional<Receipt>> Eraser::erase(Uuid lead, audit::Actor actor,
                                                std::optional<std::int64_t> version) {
    static constexpr std::string_view remove = "DELETE FROM leads WHERE uuid = $1";
    const std::optional<Resume> resume = co_await find_resume(db_, lead);
    if (!resume) co_return std::nullopt;
    const bool is_ours = storage::is_valid_key(resume->path);
    const Instant now = clock_.now();
    std::vector<db::Statement> transaction;
    transaction.push_back(record_erasure(lead, actor, version, now));
    if (is_ours) transaction.push_back(storage::ObjectKeys::give_up(resume->path, now));
    transaction.push_back(remove_from_index(lead));
    transaction.push_back(db::sql(remove, lead));
    const std::optional<std::vector<db::Rows>> results = co_await db_.write(std::move(transaction));
    if (!results) co_return std::nullopt;

    const db::Row entry = results->front().front();
    Receipt receipt{.audit_id = entry.get<std::int64_t>(0),
                    .details = entry.get<std::string>(1),
                    .resume = ResumeFate::elsewhere};
    if (is_ours) receipt.resume = co_await remove_resume(resume->path);
    co_return receipt;
}

awaitable<ResumeFate> Eraser::remove_resume(std::string key) {
    try {
        co_await objects_.remove(key);
        co_await db_.write(storage::ObjectKeys::forget(key));
        co_return ResumeFate::removed;
    } catch (const std::exception& failure) {
        log::warning("the resume of an erased lead is left to the sweeper", {{"error", failure.what()}});
        co_return ResumeFate::queued;
    }
}

}  // namespace alma::leads
