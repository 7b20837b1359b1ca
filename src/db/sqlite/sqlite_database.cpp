#include "db/sqlite/sqlite_database.hpp"

#include "base/deadline.hpp"
#include "base/files.hpp"
#include "db/sqlite/sqlite_readers.hpp"
#include "db/sqlite/sqlite_writer.hpp"

#include <boost/asio/this_coro.hpp>

namespace alma::db {
namespace {

constexpr std::chrono::seconds longest_check{2};
/// While a disk hangs, checks that were given up wait for it; one more is refused, which is an answer too.
constexpr std::size_t max_waiting_checks = 4;

/// A commit that changes nothing but passes through the WAL to the disk. Nothing else uses this number.
constexpr std::string_view write_nothing_new = "PRAGMA user_version = 0";

}  // namespace

/// Members end in the reverse order: searches finish, readers close, and only then does the writer close.
struct SqliteDatabase::State {
    explicit State(const SqliteConfig& given)
        : config(given),
          writer(config.file, {.max_waiting = config.max_waiting_writes, .max_batch = config.max_batch}),
          readers(config.file, writer.commits()),
          searches("db-search", config.search_threads, config.max_waiting_searches),
          checks("db-check", 1, max_waiting_checks) {}

    awaitable<void> prove_usable(Database& db);

    const SqliteConfig config;
    SqliteWriter writer;
    SqliteReaders readers;
    WorkerPool searches;
    WorkerPool checks;  ///< not that of searches: a long search is no broken disk
};

/// What waits for the disk waits on a thread of its own, so that a disk that hangs holds up no event loop.
awaitable<void> SqliteDatabase::State::prove_usable(Database& db) {
    auto look = [this] {
        readers.here().run(sql("SELECT count(*) FROM sqlite_schema"), config.longest_search);
        check_free_space(open_directory(config.file.parent_path()).get(), "the database");
    };
    co_await offload(checks, std::move(look));
    // What callers have committed in the last second proves more than a probe, and costs no wait for the
    // disk.
    if (writer.has_lately_committed()) co_return;
    co_await db.write(sql(write_nothing_new));
}

SqliteDatabase::SqliteDatabase(SqliteConfig config) {
    config.file = std::filesystem::absolute(config.file);
    state_ = std::make_unique<State>(config);
}

SqliteDatabase::~SqliteDatabase() = default;

awaitable<Rows> SqliteDatabase::read(Statement statement) {
    co_return state_->readers.in_this_turn(co_await asio::this_coro::executor).run(statement);
}

awaitable<Rows> SqliteDatabase::search(Statement statement) {
    auto job = [state = state_.get(), statement = std::move(statement)] {
        return state->readers.here().run(statement, state->config.longest_search);
    };
    co_return co_await offload(state_->searches, std::move(job));
}

awaitable<std::optional<std::vector<Rows>>> SqliteDatabase::write(std::vector<Statement> transaction) {
    using Results = SqliteWriter::Results;
    if (transaction.empty()) co_return std::vector<Rows>();
    auto initiate = [&writer = state_->writer](auto handler, std::vector<Statement> statements) {
        writer.post(std::move(statements), on_own_executor(std::move(handler)));
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Results)>(
        std::move(initiate), asio::use_awaitable, std::move(transaction));
}

std::optional<std::uint64_t> SqliteDatabase::commits() const {
    return state_->writer.commits().load(std::memory_order_acquire);
}

awaitable<void> SqliteDatabase::check() {
    co_await finish_within(longest_check, state_->prove_usable(*this), "The database does not answer.");
}

}  // namespace alma::db
