#include "app/store_check.hpp"

#include "base/error.hpp"
#include "leads/lead_store.hpp"
#include "storage/object_store.hpp"
#include "storage/reconciliation.hpp"

namespace alma::app {
namespace {

using storage::ObjectClaim;
using storage::ObjectInfo;
using storage::UnmetClaim;

constexpr std::size_t page_size = 1000;
/// So few are removed even when they are most of what there is.
constexpr std::uint64_t orphans_beyond_doubt = 10;

/// One run. The order of gathering is what makes it safe beside running services: an object that is listed
/// and gets its lead later still has its intent when intents are read; one whose intent is gone by then has
/// its lead, which is read last.
class Check {
public:
    Check(storage::ObjectInventory& store, db::Database& db, const std::filesystem::path& scratch,
          const Clock& clock, StoreCheckOptions options, std::function<void(const Finding&)> report)
        : store_(store),
          db_(db),
          clock_(clock),
          options_(options),
          report_(std::move(report)),
          both_(scratch) {}

    awaitable<StoreCheckSummary> run() {
        co_await gather_objects();
        co_await gather_intents();
        co_await gather_claims();
        summary_.objects = both_.objects();
        summary_.foreign_objects = both_.foreign_objects();
        if (options_.removes_orphans && !options_.is_forced) refuse_what_looks_like_another_installation();
        co_await report_unmet_claims();
        co_await report_orphans();
        co_return summary_;
    }

private:
    awaitable<void> gather_objects() {
        const std::unique_ptr<storage::ObjectListing> listing = store_.list();
        while (true) {
            const std::vector<ObjectInfo> page = co_await listing->next();
            if (page.empty()) break;
            both_.add(page);
        }
        for (const std::string& place : listing->unread()) {
            ++summary_.unread;
            report_({.kind = FindingKind::unread, .key = place});
        }
    }

    awaitable<void> gather_intents() {
        std::string after;
        while (true) {
            const std::vector<std::string> page =
                co_await storage::list_upload_intents(db_, after, page_size);
            if (page.empty()) co_return;
            both_.add_intents(page);
            after = page.back();
        }
    }

    awaitable<void> gather_claims() {
        std::int64_t after = 0;
        while (true) {
            const auto page = co_await leads::list_resume_references(db_, after, page_size);
            if (page.empty()) co_return;
            summary_.leads += page.size();
            std::vector<ObjectClaim> claims;
            for (const leads::ResumeReference& reference : page) {
                if (storage::is_valid_key(reference.path)) {
                    claims.push_back({.lead = to_text(reference.lead),
                                      .key = reference.path,
                                      .size = static_cast<std::uint64_t>(reference.size)});
                } else {
                    ++summary_.resumes_elsewhere;
                }
            }
            both_.add(claims);
            after = page.back().id;
        }
    }

    /// A bucket that two installations share, or the wrong database: most of what has no lead here is then a
    /// resume that has its lead there.
    void refuse_what_looks_like_another_installation() {
        const auto tally = both_.tally_until(clock_.now() - options_.least_age);
        const bool is_most = tally.orphans > orphans_beyond_doubt && tally.orphans > tally.objects / 2;
        if (tally.orphans == 0 || (summary_.leads > 0 && !is_most)) return;
        throw Error(
            ErrorKind::conflict,
            fmt::format(
                "Nothing was removed: {} of {} stored resumes have no lead in this database, which has "
                "{} leads. Do they belong to another installation, or is it the wrong database? "
                "Without --repair they are listed; --repair --force removes them for good",
                tally.orphans, tally.objects, summary_.leads));
    }

    awaitable<void> report_unmet_claims() {
        std::optional<ObjectClaim> after;
        while (true) {
            const std::vector<UnmetClaim> page = both_.unmet_claims(after, page_size);
            if (page.empty()) co_return;
            for (const UnmetClaim& unmet : page)
                co_await report_if_still_unmet(unmet.claim);
            after = page.back().claim;
        }
    }

    /// Leads and objects have come and gone since both were gathered: the last word is with both of them now.
    awaitable<void> report_if_still_unmet(ObjectClaim claim) {
        const std::optional<std::uint64_t> found = co_await store_.size_of(claim.key);
        if (found == claim.size) co_return;
        const std::optional<leads::Resume> resume = co_await leads::find_resume(db_, *parse_uuid(claim.lead));
        if (!resume || resume->path != claim.key) co_return;
        ++(found ? summary_.other_size : summary_.missing);
        report_({.kind = found ? FindingKind::other_size : FindingKind::missing,
                 .lead = claim.lead,
                 .key = claim.key,
                 .expected_size = claim.size,
                 .found_size = found});
    }

    awaitable<void> report_orphans() {
        std::string after;
        while (true) {
            const std::vector<ObjectInfo> page = both_.orphans(after, page_size);
            if (page.empty()) co_return;
            for (const ObjectInfo& orphan : page)
                co_await report_orphan(orphan);
            after = page.back().key;
        }
    }

    awaitable<void> report_orphan(ObjectInfo orphan) {
        if (clock_.now() - orphan.modified_at < options_.least_age) {
            ++summary_.young_orphans;
            co_return;
        }
        ++summary_.orphans;
        if (options_.removes_orphans) {
            co_await store_.remove(orphan.key);
            ++summary_.removed;
        }
        report_({.kind = FindingKind::orphan,
                 .key = orphan.key,
                 .found_size = orphan.size,
                 .modified_at = orphan.modified_at,
                 .is_removed = options_.removes_orphans});
    }

    storage::ObjectInventory& store_;
    db::Database& db_;
    const Clock& clock_;
    const StoreCheckOptions options_;
    const std::function<void(const Finding&)> report_;
    storage::Reconciliation both_;
    StoreCheckSummary summary_;
};

}  // namespace

awaitable<StoreCheckSummary> check_store(storage::ObjectInventory& store, db::Database& db,
                                         std::filesystem::path scratch, const Clock& clock,
                                         StoreCheckOptions options,
                                         std::function<void(const Finding&)> report) {
    Check check(store, db, scratch, clock, options, std::move(report));
    co_return co_await check.run();
}

}  // namespace alma::app
