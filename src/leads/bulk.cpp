#include "leads/bulk.hpp"

#include "leads/assignment.hpp"
#include "leads/lead_store.hpp"

#include <map>

namespace alma::leads {
namespace {

/// Two statements that change a lead, if it is not so already: the second one returns a row when it was.
using Change = std::function<std::vector<db::Statement>(Uuid)>;

/// The leads in the order of their UUIDs, each once: two who change the same leads at the same time lock them
/// in the same order.
std::map<std::string, BulkResult> outcomes_of(const std::vector<std::string>& uuids) {
    std::map<std::string, BulkResult> outcomes;
    for (const std::string& text : uuids) {
        if (const std::optional<Uuid> uuid = parse_uuid(text))
            outcomes.emplace(to_text(*uuid), BulkResult::not_found);
    }
    return outcomes;
}

awaitable<std::vector<BulkOutcome>> change_each(db::Database& db, std::vector<std::string> uuids,
                                                Change change) {
    static constexpr std::string_view look = "SELECT 1 FROM leads WHERE uuid = $1";
    constexpr std::size_t statements_per_lead = 3;
    std::map<std::string, BulkResult> outcomes = outcomes_of(uuids);
    std::vector<db::Statement> transaction;
    for (const auto& [text, outcome] : outcomes) {
        const Uuid uuid = *parse_uuid(text);
        std::ranges::move(change(uuid), std::back_inserter(transaction));
        transaction.push_back(db::sql(look, uuid));
    }
    if (!transaction.empty()) {
        const std::optional<std::vector<db::Rows>> results = co_await db.write(std::move(transaction));
        std::size_t at = 0;
        for (auto& [text, outcome] : outcomes) {
            const bool is_changed = !results->at(at + 1).empty();
            const bool is_there = !results->at(at + 2).empty();
            if (is_there) outcome = is_changed ? BulkResult::changed : BulkResult::unchanged;
            at += statements_per_lead;
        }
    }
    std::vector<BulkOutcome> in_order;
    for (std::string& text : uuids) {
        const std::optional<Uuid> uuid = parse_uuid(text);
        const BulkResult result = uuid ? outcomes.at(to_text(*uuid)) : BulkResult::not_found;
        in_order.push_back({.uuid = std::move(text), .result = result});
    }
    co_return in_order;
}

}  // namespace

awaitable<std::vector<BulkOutcome>> set_status_of(db::Database& db, std::vector<std::string> uuids,
                                                  LeadStatus status, audit::Actor actor, Instant at) {
    Change change = [=](Uuid uuid) { return change_status(uuid, status, actor, at); };
    co_return co_await change_each(db, std::move(uuids), std::move(change));
}

awaitable<std::vector<BulkOutcome>> set_assignee_of(db::Database& db, std::vector<std::string> uuids,
                                                    std::optional<std::int64_t> assignee, audit::Actor actor,
                                                    Instant at) {
    Change change = [=](Uuid uuid) { return assign(uuid, {.to = assignee}, actor, at); };
    co_return co_await change_each(db, std::move(uuids), std::move(change));
}

}  // namespace alma::leads
