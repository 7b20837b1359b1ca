#include "takeover/import.hpp"

#include "takeover/import_statements.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <type_traits>

namespace alma::takeover {
namespace {

// What is the same for every table, by the type of its row.

std::optional<std::string> lead_of(const OriginalUser&) {
    return std::nullopt;
}
std::optional<std::string> lead_of(const OriginalLead& lead) {
    return lead.uuid;
}
std::optional<std::string> lead_of(const OriginalFailedEmail& email) {
    return email.lead_uuid;
}

template <class Original, class Row>
struct Candidate {
    const Original* original;
    Mapped<Row> mapped;
};

class Import {
public:
    Import(OriginalDatabase& original, const Clock& clock, ImportOptions options)
        : original_(original), clock_(clock), options_(std::move(options)) {}

    awaitable<ImportCounts> run() {
        const OriginalDatabase::Sizes sizes = original_.sizes();
        const Instant now = clock_.now();
        const auto user = [now](const OriginalUser& row) { return map_user(row, now); };
        const auto lead = [now, this](const OriginalLead& row) {
            return map_lead(row, now, options_.relocation);
        };
        const auto failed_email = [now](const OriginalFailedEmail& row) {
            return map_failed_email(row, now);
        };
        // In this order: failed e-mails speak of leads.
        co_await take("users", &OriginalDatabase::next_users, user, sizes.users, counts_.users);
        co_await take("leads", &OriginalDatabase::next_leads, lead, sizes.leads, counts_.leads);
        co_await take("failed_emails", &OriginalDatabase::next_failed_emails, failed_email,
                      sizes.failed_emails, counts_.failed_emails);
        co_return counts_;
    }

private:
    /// @param map outlives the call
    template <class Original, class Map>
    awaitable<void> take(const char* table, std::vector<Original> (OriginalDatabase::*next)(), const Map& map,
                         std::uint64_t all, TableCounts& counts) {
        using Row = decltype(map(Original())->row);
        table_ = table;
        while (true) {
            const std::vector<Original> page = (original_.*next)();
            if (page.empty()) co_return;
            counts.read += page.size();
            std::vector<Candidate<Original, Row>> candidates;
            for (const Original& original : page) {
                Mapping<Row> mapped = map(original);
                if (mapped) {
                    candidates.push_back({.original = &original, .mapped = std::move(*mapped)});
                } else {
                    refuse(original, std::move(mapped.error()), counts);
                }
            }
            co_await add(candidates, counts);
            options_.progress(table, counts.read, all);
        }
    }

    /// All in one transaction; when the database refuses that, for one row's sake, each in one of its own.
    template <class Original, class Row>
    awaitable<void> add(const std::vector<Candidate<Original, Row>>& candidates, TableCounts& counts) {
        if (!co_await add_together(candidates, 0, candidates.size(), counts)) {
            for (std::size_t i = 0; i < candidates.size(); ++i) {
                if (!co_await add_together(candidates, i, i + 1, counts))
                    refuse(*candidates[i].original, "our database refuses it: " + refusal_, counts);
            }
        }
    }

    /// @return false when the database refused the transaction, for the reason in refusal_
    template <class Original, class Row>
    awaitable<bool> add_together(const std::vector<Candidate<Original, Row>>& candidates, std::size_t first,
                                 std::size_t end, TableCounts& counts) {
        if (options_.target == nullptr) {
            for (std::size_t i = first; i < end; ++i)
                count(*candidates[i].original, candidates[i].mapped.changes,
                      would_add(candidates[i].mapped.row), counts);
            co_return true;
        }
        std::vector<db::Statement> transaction;
        transaction.push_back(take_turn());
        std::vector<std::size_t> begins;
        for (std::size_t i = first; i < end; ++i) {
            begins.push_back(transaction.size());
            for (db::Statement& statement : add_statements(candidates[i].mapped.row))
                transaction.push_back(std::move(statement));
        }
        begins.push_back(transaction.size());
        std::optional<std::vector<db::Rows>> results;
        try {
            results = co_await options_.target->write(std::move(transaction));
        } catch (const db::DatabaseError& error) {
            refusal_ = error.what();
            co_return false;
        }
        for (std::size_t i = first; i < end; ++i) {
            const std::size_t begin = begins[i - first];
            const auto own = std::span(*results).subspan(begin, begins[i - first + 1] - begin);
            const auto& [original, mapped] = candidates[i];
            count(*original, mapped.changes, verdict_on(mapped.row, own), counts);
        }
        co_return true;
    }

    template <class Original>
    void count(const Original& original, const std::vector<std::string>& changes, Verdict verdict,
               TableCounts& counts) {
        if (!verdict) return refuse(original, std::move(verdict.error()), counts);
        if (*verdict == Added::before) {
            ++counts.there_already;
            return;
        }
        ++counts.added;
        if (!changes.empty()) ++counts.changed;
        for (const std::string& change : changes)
            tell(FindingKind::changed, original, change);
    }

    template <class Original>
    void refuse(const Original& original, std::string reason, TableCounts& counts) {
        ++counts.refused;
        if constexpr (std::is_same_v<Original, OriginalLead>) {
            if (options_.target == nullptr) refused_leads_.insert(original.uuid.value_or(""));
        }
        tell(FindingKind::refused, original, std::move(reason));
    }

    template <class Original>
    void tell(FindingKind kind, const Original& original, std::string reason) {
        options_.report({.kind = kind,
                         .table = table_,
                         .id = original.id,
                         .lead = lead_of(original),
                         .reason = std::move(reason)});
    }

    // Into an empty database. What it then holds is known without writing it: only users can stand in each
    // other's way, and there are as many as a firm has people.
    Verdict would_add(const User& user) {
        const auto [there, is_new] = users_.emplace(user.email_folded, user.email);
        if (is_new) return Added::now;
        return std::unexpected(refuse_second_spelling(user.email, there->second));
    }
    Verdict would_add(const LeadWithResume&) { return Added::now; }
    Verdict would_add(const FailedEmail& email) {
        if (refused_leads_.contains(to_text(email.lead))) return std::unexpected(refuse_without_lead());
        return Added::now;
    }

    OriginalDatabase& original_;
    const Clock& clock_;
    const ImportOptions options_;
    ImportCounts counts_;
    std::string table_;
    std::string refusal_;
    // Of a dry run:
    std::map<std::string, std::string> users_;  ///< by their folded addresses
    std::set<std::string> refused_leads_;       ///< their UUIDs
};

}  // namespace

awaitable<ImportCounts> import_rows(OriginalDatabase& original, const Clock& clock, ImportOptions options) {
    Import import_of(original, clock, std::move(options));
    co_return co_await import_of.run();
}

}  // namespace alma::takeover
