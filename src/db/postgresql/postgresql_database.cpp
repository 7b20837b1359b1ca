#include "db/postgresql/postgresql_database.hpp"

#include "base/error.hpp"
#include "db/outcome_unknown.hpp"
#include "db/postgresql/postgresql_lane.hpp"

#include <boost/asio/execution/context_as.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <thread>
#include <unordered_map>

namespace alma::db {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// The server gives up first: it knows more about the reason.
constexpr milliseconds head_start{500};
constexpr milliseconds longest_check{2'000};
/// While a standby is away, commits wait for it in the server, and would go on to do so without us.
constexpr milliseconds patience_with_commits{60'000};

/// A transaction that goes through the server's log to its disk, and to a standby that commits wait for, and
/// leaves no row behind.
constexpr std::string_view write_nothing =
    "SELECT pg_logical_emit_message(true, 'alma-leads', 'ready') IS NULL";
constexpr std::string_view read_nothing = "SELECT 1";

/// The lanes of an event loop, one for each database; they end with the loop.
class LanesOfLoop final : public asio::execution_context::service {
public:
    using key_type = LanesOfLoop;
    inline static asio::execution_context::id id;

    explicit LanesOfLoop(asio::execution_context& loop) : service(loop) {}

    std::shared_ptr<PostgresqlLane>& operator[](std::uint64_t database) { return lanes_[database]; }

private:
    void shutdown() noexcept override {
        for (const auto& [database, lane] : lanes_)
            lane->close();
        lanes_.clear();
    }

    std::unordered_map<std::uint64_t, std::shared_ptr<PostgresqlLane>> lanes_;
};

std::uint64_t next_id() {
    static std::atomic<std::uint64_t> last = 0;
    return ++last;
}

PostgresqlLaneConfig reading(const PostgresqlConfig& config) {
    return {.connections = config.readers_per_loop,
            .max_waiting = config.max_waiting_reads,
            .is_shared = true,
            .patience = config.longest_read,
            .session = {.longest_statement = config.longest_read - head_start, .is_read_only = true}};
}

PostgresqlLaneConfig searching(const PostgresqlConfig& config) {
    return {.connections = config.searchers,
            .max_waiting = config.max_waiting_searches,
            .is_shared = false,
            .patience = config.longest_search,
            .session = {.longest_statement = config.longest_search - head_start, .is_read_only = true}};
}

PostgresqlLaneConfig writing(const PostgresqlConfig& config) {
    return {.connections = config.writers,
            .max_waiting = config.max_waiting_writes,
            .is_shared = false,
            .patience = patience_with_commits,
            .session = {.longest_statement = config.longest_write - head_start, .is_read_only = false}};
}

PostgresqlRequestPtr request_of(std::vector<Statement> statements, bool is_transaction,
                                milliseconds longest) {
    auto request = std::make_unique<PostgresqlRequest>();
    request->statements = std::move(statements);
    request->is_transaction = is_transaction;
    request->deadline = steady_clock::now() + longest;
    return request;
}

PostgresqlRequestPtr request_of(Statement statement, milliseconds longest) {
    std::vector<Statement> statements;
    statement.must_return_row = false;
    statements.push_back(std::move(statement));
    return request_of(std::move(statements), false, longest);
}

/// @return nothing when it was voided
std::optional<std::vector<Rows>> results_of(PostgresqlOutcome outcome) {
    switch (outcome.end) {
        case PostgresqlEnd::done:
            return std::move(outcome.rows);
        case PostgresqlEnd::voided:
            return std::nullopt;
        case PostgresqlEnd::unknown:
            throw OutcomeUnknown();
        case PostgresqlEnd::conflicted:
        case PostgresqlEnd::not_done:
        case PostgresqlEnd::passed_over:
        case PostgresqlEnd::failed:
            break;
    }
    if (outcome.failure) std::rethrow_exception(outcome.failure);
    if (outcome.end == PostgresqlEnd::conflicted) throw Error::busy();
    throw Error(ErrorKind::unavailable, "The service lost its database for a moment. Please try again.",
                std::chrono::seconds(1));
}

/// Posts the request to a lane, wherever that is, and resumes the caller on its own executor.
template <class Post>
awaitable<PostgresqlOutcome> submit(PostgresqlRequestPtr request, Post post) {
    auto initiate = [](auto handler, PostgresqlRequestPtr made, Post post_to_lane) {
        made->done = on_own_executor(std::move(handler));
        post_to_lane(std::move(made));
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(PostgresqlOutcome)>(
        std::move(initiate), asio::use_awaitable, std::move(request), std::move(post));
}

}  // namespace

struct PostgresqlDatabase::State {
    explicit State(PostgresqlConfig given)
        : config(std::move(given)),
          connector(std::make_shared<PostgresqlConnector>(config.uri)),
          writes(std::make_shared<PostgresqlLane>(loop.get_executor(), connector, writing(config))),
          searches(std::make_shared<PostgresqlLane>(loop.get_executor(), connector, searching(config))),
          thread([this] { loop.run(); }) {
        pthread_setname_np(thread.native_handle(), "db-io");
    }

    ~State() {
        asio::post(loop, [this] {
            writes->end_when_answered();
            searches->end_when_answered();
        });
        guard.reset();  // the loop ends when all is answered, and each answer has a deadline
        thread.join();
        writes->close();
        searches->close();
    }

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    /// The lane of the event loop that asks.
    PostgresqlLane& reads_on(const asio::any_io_executor& executor) {
        asio::execution_context& context =
            asio::query(executor, asio::execution::context_as<asio::execution_context&>);
        auto& lanes = asio::use_service<LanesOfLoop>(context);
        std::shared_ptr<PostgresqlLane>& lane = lanes[id];
        if (!lane) lane = std::make_shared<PostgresqlLane>(executor, connector, reading(config));
        return *lane;
    }

    /// Hands a request to a lane of the own loop.
    auto on_own_loop(std::shared_ptr<PostgresqlLane> lane) {
        return [this, lane = std::move(lane)](PostgresqlRequestPtr request) {
            asio::post(loop,
                       [lane, request = std::move(request)]() mutable { lane->post(std::move(request)); });
        };
    }

    const PostgresqlConfig config;
    const std::uint64_t id = next_id();
    /// Shared with those who wait for an answer: that may come when the database is closed already.
    const std::shared_ptr<std::atomic<steady_clock::time_point>> committed_at =
        std::make_shared<std::atomic<steady_clock::time_point>>();
    asio::io_context loop{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard{loop.get_executor()};
    const std::shared_ptr<PostgresqlConnector> connector;
    const std::shared_ptr<PostgresqlLane> writes;
    const std::shared_ptr<PostgresqlLane> searches;
    std::thread thread;
};

PostgresqlDatabase::PostgresqlDatabase(PostgresqlConfig config)
    : state_(std::make_unique<State>(std::move(config))) {}

PostgresqlDatabase::~PostgresqlDatabase() = default;

awaitable<Rows> PostgresqlDatabase::read(Statement statement) {
    auto post = [&lane = state_->reads_on(co_await asio::this_coro::executor)](PostgresqlRequestPtr request) {
        lane.post(std::move(request));
    };
    PostgresqlRequestPtr request = request_of(std::move(statement), state_->config.longest_read);
    PostgresqlOutcome outcome = co_await submit(std::move(request), std::move(post));
    co_return std::move(results_of(std::move(outcome))->front());
}

awaitable<Rows> PostgresqlDatabase::search(Statement statement) {
    PostgresqlRequestPtr request = request_of(std::move(statement), state_->config.longest_search);
    auto post = state_->on_own_loop(state_->searches);
    PostgresqlOutcome outcome = co_await submit(std::move(request), std::move(post));
    co_return std::move(results_of(std::move(outcome))->front());
}

awaitable<std::optional<std::vector<Rows>>> PostgresqlDatabase::write(std::vector<Statement> transaction) {
    if (transaction.empty()) co_return std::vector<Rows>();
    PostgresqlRequestPtr request = request_of(std::move(transaction), true, state_->config.longest_write);
    auto post = state_->on_own_loop(state_->writes);
    const auto committed_at = state_->committed_at;
    PostgresqlOutcome outcome = co_await submit(std::move(request), std::move(post));
    if (outcome.end == PostgresqlEnd::done) *committed_at = steady_clock::now();
    co_return results_of(std::move(outcome));
}

awaitable<void> PostgresqlDatabase::check() {
    Statement look = sql(read_nothing);
    PostgresqlRequestPtr reading_request = request_of(std::move(look), longest_check / 2);
    auto post_read = [&lane = state_->reads_on(co_await asio::this_coro::executor)](
                         PostgresqlRequestPtr request) { lane.post(std::move(request)); };
    PostgresqlOutcome outcome = co_await submit(std::move(reading_request), std::move(post_read));
    results_of(std::move(outcome));

    // What callers have committed in the last second proves more than a probe.
    if (steady_clock::now() - state_->committed_at->load() < std::chrono::seconds(1)) co_return;
    std::vector<Statement> probe;
    probe.push_back(sql(write_nothing));
    PostgresqlRequestPtr writing_request = request_of(std::move(probe), true, longest_check / 2);
    auto post_write = state_->on_own_loop(state_->writes);
    outcome = co_await submit(std::move(writing_request), std::move(post_write));
    results_of(std::move(outcome));
}

}  // namespace alma::db
