#include "live/lead_changes.hpp"

#include "audit/chain.hpp"
#include "audit/log.hpp"

#include <optional>
#include <string>
#include <utility>

namespace alma::live {
namespace {

/// Of the audit log, as far as it matters here.
struct SeenEntry {
    std::optional<std::int64_t> position;  ///< in the chain; nothing: not yet
    std::int64_t id = 0;
    std::string action;
    std::optional<Uuid> lead;
};
BOOST_DESCRIBE_STRUCT(SeenEntry, (), (position, id, action, lead))

/// Nothing: an entry of another kind.
std::optional<Change> change_of(const SeenEntry& entry) {
    using enum audit::Action;
    if (!entry.lead) return std::nullopt;
    const std::optional<audit::Action> action = parse_enum<audit::Action>(entry.action);
    // An instance of a newer version wrote it: whoever looks at the lead once too often sees nothing wrong.
    if (!action) return Change::changed;
    switch (*action) {
        case lead_submitted:
            return Change::created;
        case lead_erased:
            return Change::erased;
        case lead_status_changed:
        case lead_assigned:
        case lead_unassigned:
        case note_added:
        case note_deleted:
            return Change::changed;
        default:
            return std::nullopt;
    }
}

}  // namespace

struct LeadChanges::Look {
    std::vector<LeadChange> changes;
    bool is_last = false;  ///< nothing more stands in the chain
};

awaitable<LeadChanges::Look> LeadChanges::look() {
    static constexpr std::string_view select = R"(
        SELECT position, id, action, lead_uuid FROM (
            SELECT * FROM (
                SELECT position, id, action, lead_uuid FROM audit_log
                WHERE position > $1 ORDER BY position LIMIT $2) AS sealed
            UNION ALL
            SELECT * FROM (
                SELECT CAST(NULL AS bigint) AS position, id, action, lead_uuid FROM audit_pending
                ORDER BY id LIMIT $2) AS pending) AS entry
        ORDER BY position IS NULL, position, id)";
    const db::Rows rows = co_await db_.read(db::sql(select, position_, page));

    Look result;
    std::size_t sealed = 0;
    std::unordered_set<std::int64_t> waiting;
    for (const SeenEntry& entry : rows.as<SeenEntry>()) {
        if (entry.position) {
            position_ = *entry.position;
            ++sealed;
        } else {
            waiting.insert(entry.id);
        }
        if (told_.contains(entry.id)) continue;
        if (const std::optional<Change> change = change_of(entry))
            result.changes.push_back({.uuid = *entry.lead, .change = *change});
    }
    result.is_last = sealed < page;
    // Where both tables were seen to their ends, nobody else who was told of can come by any more.
    const bool is_whole = result.is_last && waiting.size() < page;
    if (!is_whole) waiting.merge(told_);
    told_ = std::move(waiting);
    co_return result;
}

awaitable<void> LeadChanges::begin() {
    told_.clear();
    position_ = (co_await audit::read_head(db_)).position;
    while (true) {
        const Look passed = co_await look();
        if (passed.is_last) co_return;
    }
}

awaitable<std::vector<LeadChange>> LeadChanges::next() {
    while (true) {
        Look seen = co_await look();
        if (seen.is_last || !seen.changes.empty()) co_return std::move(seen.changes);
    }
}

}  // namespace alma::live
