#include "audit/sealer.hpp"

#include "base/deadline.hpp"
#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

namespace alma::audit {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch = 100;
constexpr auto head_interval = 1h;
constexpr auto stop_patience = 3s;

awaitable<db::Rows> read_pending(db::Database& db) {
    static constexpr std::string_view select = R"(
        SELECT CAST(id AS TEXT), CAST(action AS TEXT), CAST(actor_kind AS TEXT), CAST(actor_id AS TEXT),
               CAST(lead_uuid AS TEXT), CAST(user_id AS TEXT), CAST(details AS TEXT), CAST(created_at AS TEXT), id
        FROM audit_pending ORDER BY audit_pending.id LIMIT $1)";
    co_return co_await db.read(db::sql(select, batch));
}

/// On PostgreSQL sealers take turns here, and only then look: else the slower one would fail at the primary
/// key of the faster one's rows, which the server logs as an error.
void require_head(std::vector<db::Statement>& transaction, const Head& head) {
    static constexpr std::string_view take_turn =
        "SELECT 1 /*postgresql FROM pg_advisory_xact_lock(hashtextextended('alma-leads audit', 0))*/";
    static constexpr std::string_view look =
        "SELECT 1 AS is_head WHERE NOT EXISTS (SELECT 1 FROM audit_log WHERE position > $1)";
    transaction.push_back(db::sql(take_turn));
    transaction.push_back(db::required(look, head.position));
}

/// The transaction that puts the entries behind the head.
std::vector<db::Statement> chain(Head head, const db::Rows& entries) {
    static constexpr std::string_view insert = R"(
        INSERT INTO audit_log (position, hash, id, action, actor_kind, actor_id, lead_uuid, user_id, details,
                               created_at)
        SELECT $2, $3, id, action, actor_kind, actor_id, lead_uuid, user_id, details, created_at
        FROM audit_pending WHERE id = $1
        RETURNING position)";
    static constexpr std::string_view remove = R"(
        DELETE FROM audit_pending WHERE id IN (SELECT id FROM audit_log WHERE position > $1))";
    std::vector<db::Statement> transaction;
    require_head(transaction, head);
    const std::int64_t before = head.position;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const db::Row entry = entries[i];
        head.hash = chained_hash(head.hash, ++head.position, entry);
        transaction.push_back(
            db::required(insert, entry.get<std::int64_t>(hashed_columns), head.position, head.hash));
    }
    transaction.push_back(db::sql(remove, before));
    return transaction;
}

}  // namespace

awaitable<std::size_t> seal(db::Database& db) {
    std::size_t sealed = 0;
    while (true) {
        const db::Rows entries = co_await read_pending(db);
        if (entries.empty()) co_return sealed;
        const Head head = co_await read_head(db);
        // Nothing: another process was faster.
        if (co_await db.write(chain(head, entries))) sealed += entries.size();
    }
}

/// Touched on the loop alone.
struct Sealer::State {
    db::Database& db;
    asio::io_context& loop;
    const std::chrono::milliseconds interval;
    asio::steady_timer alarm;
    asio::steady_timer at_rest;  // ends the wait of stop()
    bool is_running = false;
    bool is_stopping = false;
    bool is_failing = false;
    std::chrono::steady_clock::time_point head_due = std::chrono::steady_clock::now();

    State(db::Database& database, asio::io_context& context, std::chrono::milliseconds pause)
        : db(database), loop(context), interval(pause), alarm(context), at_rest(context) {}

    // Coroutines take the state by shared pointer: they may outlive the sealer.
    static awaitable<void> work(std::shared_ptr<State> self);
    static awaitable<void> finish(std::shared_ptr<State> self);
    awaitable<void> announce_head();
};

awaitable<void> Sealer::State::work(std::shared_ptr<State> self) {
    while (!self->is_stopping) {
        try {
            co_await seal(self->db);
            if (std::chrono::steady_clock::now() >= self->head_due) co_await self->announce_head();
            self->is_failing = false;
        } catch (const std::exception& failure) {
            // Once for an outage, not once a second.
            if (!self->is_failing)
                log::error("entries of the audit log wait to be sealed", {{"error", failure.what()}});
            self->is_failing = true;
        }
        if (self->is_stopping) break;
        self->alarm.expires_after(self->interval);
        boost::system::error_code is_cancelled;
        co_await self->alarm.async_wait(asio::redirect_error(asio::use_awaitable, is_cancelled));
    }
    self->is_running = false;
    self->at_rest.cancel();
}

awaitable<void> Sealer::State::announce_head() {
    const Head head = co_await read_head(db);
    log::info("head of the audit log", {{"position", head.position}, {"hash", head.hash}});
    head_due = std::chrono::steady_clock::now() + head_interval;
}

awaitable<void> Sealer::State::finish(std::shared_ptr<State> self) {
    if (self->is_running) {
        self->at_rest.expires_after(stop_patience);
        boost::system::error_code is_cancelled;
        co_await self->at_rest.async_wait(asio::redirect_error(asio::use_awaitable, is_cancelled));
    }
    co_await seal(self->db);
    co_await self->announce_head();
}

Sealer::Sealer(db::Database& db, asio::io_context& loop, std::chrono::milliseconds interval)
    : state_(std::make_shared<State>(db, loop, interval)) {}

Sealer::~Sealer() {
    state_->is_stopping = true;
}

void Sealer::start() {
    state_->is_running = true;
    asio::co_spawn(state_->loop, State::work(state_), [](std::exception_ptr) {});
}

awaitable<void> Sealer::stop() {
    state_->is_stopping = true;
    if (!state_->is_running) co_return;
    state_->alarm.cancel();
    try {
        auto finishing = State::finish(state_);
        co_await finish_within(2 * stop_patience, std::move(finishing), "The database does not answer.");
    } catch (const std::exception& failure) {
        log::warning("entries of the audit log are left for the next start to seal",
                     {{"error", failure.what()}});
    }
}

}  // namespace alma::audit
