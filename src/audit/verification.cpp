#include "audit/verification.hpp"

namespace alma::audit {
namespace {

constexpr std::size_t page_rows = 1000;
constexpr std::chrono::minutes longest_wait{1};

class Walk {
public:
    Walk(db::Database& db, std::vector<Head> expected, std::function<void(const Finding&)> report)
        : db_(db), expected_(std::move(expected)), report_(std::move(report)) {}

    awaitable<void> along_the_chain(const std::function<void(std::int64_t)>& progress) {
        static constexpr std::string_view select = R"(
            SELECT CAST(id AS TEXT), CAST(action AS TEXT), CAST(actor_kind AS TEXT), CAST(actor_id AS TEXT),
                   CAST(lead_uuid AS TEXT), CAST(user_id AS TEXT), CAST(details AS TEXT),
                   CAST(created_at AS TEXT), CAST(hash AS TEXT), position
            FROM audit_log WHERE position > $1 ORDER BY position LIMIT $2)";
        std::size_t rows_read = 0;
        do {
            const db::Rows rows = co_await db_.search(db::sql(select, result_.head.position, page_rows));
            rows_read = rows.size();
            for (std::size_t i = 0; i < rows_read; ++i)
                step(rows[i]);
            progress(result_.head.position);
        } while (rows_read == page_rows);
        for (const Head& head : expected_) {
            if (head.position > result_.head.position)
                find({.kind = FindingKind::not_met, .position = head.position});
        }
    }

    awaitable<void> over_what_waits(Instant now) {
        static constexpr std::string_view select = R"(
            SELECT count(*), min(created_at) FROM audit_pending WHERE created_at < $1)";
        const db::Rows rows = co_await db_.search(db::sql(select, now - longest_wait));
        const auto count = rows.front().get<std::int64_t>(0);
        if (count == 0) co_return;
        find({.kind = FindingKind::unsealed,
              .count = count,
              .detail = alma::to_text(rows.front().get<Instant>(1))});
    }

    [[nodiscard]] const Verification& result() const { return result_; }

private:
    void step(const db::Row& row) {
        const auto position = row.get<std::int64_t>(hashed_columns + 1);
        const std::string hash = row[hashed_columns].is_null() ? "" : row.get<std::string>(hashed_columns);
        if (position != result_.head.position + 1) {
            // Nothing is said of the row behind the gap: the hash that its own one covers is gone.
            find({.kind = FindingKind::missing, .position = result_.head.position + 1, .last = position - 1});
        } else if (hash != chained_hash(result_.head.hash, position, row)) {
            find({.kind = FindingKind::changed, .position = position});
        }
        ++result_.entries;
        result_.head = {.position = position, .hash = hash};
        for (const Head& head : expected_) {
            if (head.position == position && head.hash != hash)
                find({.kind = FindingKind::not_met, .position = position});
        }
    }

    void find(const Finding& finding) {
        ++result_.findings;
        report_(finding);
    }

    db::Database& db_;
    const std::vector<Head> expected_;
    const std::function<void(const Finding&)> report_;
    Verification result_;
};

}  // namespace

awaitable<Verification> verify(db::Database& db, const Clock& clock, std::vector<Head> expected,
                               std::function<void(const Finding&)> report,
                               std::function<void(std::int64_t)> progress) {
    Walk walk(db, std::move(expected), std::move(report));
    co_await walk.along_the_chain(progress);
    co_await walk.over_what_waits(clock.now());
    co_return walk.result();
}

}  // namespace alma::audit
