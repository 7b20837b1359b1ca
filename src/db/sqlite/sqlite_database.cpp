#include "db/sqlite/sqlite_database.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "db/sqlite/sqlite_readers.hpp"
#include "db/sqlite/sqlite_writer.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <sys/statvfs.h>

namespace alma::db {
namespace {

// Below this the next checkpoint may not find room; traffic should go elsewhere before it does.
constexpr std::uint64_t least_free_bytes = 16ull * 1024 * 1024;
constexpr std::chrono::seconds longest_check{2};

/// A commit that changes nothing but passes through the WAL to the disk. Nothing else uses this number.
constexpr std::string_view write_nothing_new = "PRAGMA user_version = 0";

void check_free_space(const std::filesystem::path& directory) {
    struct statvfs space{};
    if (::statvfs(directory.c_str(), &space) != 0) throw DatabaseError("cannot stat " + directory.string());
    if (static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize >= least_free_bytes) return;
    log::error("the disk of the database is nearly full", {{"directory", directory.string()}});
    throw Error(ErrorKind::unavailable, "The service cannot store anything now. Please try again later.",
                std::chrono::seconds(30));
}

}  // namespace

/// Members end in the reverse order: searches finish, readers close, and only then does the writer close.
struct SqliteDatabase::State {
    explicit State(const SqliteConfig& given)
        : config(given),
          writer(config.file, {.max_waiting = config.max_waiting_writes, .max_batch = config.max_batch}),
          readers(config.file, writer.commits()),
          searches("db-search", config.search_threads, config.max_waiting_searches) {}

    const SqliteConfig config;
    SqliteWriter writer;
    SqliteReaders readers;
    WorkerPool searches;
};

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
        auto executor =
            asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
        writer.post(std::move(statements), [handler = std::move(handler), executor = std::move(executor)](
                                               std::exception_ptr failure, Results results) mutable {
            asio::post(executor, [handler = std::move(handler), failure = std::move(failure),
                                  results = std::move(results)]() mutable {
                std::move(handler)(std::move(failure), std::move(results));
            });
        });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Results)>(
        std::move(initiate), asio::use_awaitable, std::move(transaction));
}

awaitable<void> SqliteDatabase::check() {
    co_await read(sql("SELECT count(*) FROM sqlite_schema"));
    check_free_space(state_->config.file.parent_path());
    // What callers have committed in the last second proves more than a probe, and costs no wait for the
    // disk.
    if (state_->writer.has_lately_committed()) co_return;

    // A timer serves as the event that the probe sets; it goes off by itself when the disk hangs.
    struct Probe {
        asio::steady_timer timer;
        std::exception_ptr failure = nullptr;
        bool is_done = false;
    };
    auto executor =
        asio::prefer(co_await asio::this_coro::executor, asio::execution::outstanding_work.tracked);
    auto probe = std::make_shared<Probe>(asio::steady_timer(executor, longest_check));
    std::vector<Statement> transaction;
    transaction.push_back(sql(write_nothing_new));
    state_->writer.post(std::move(transaction),
                        [probe, executor](std::exception_ptr failure, const SqliteWriter::Results&) {
                            asio::post(executor, [probe, failure = std::move(failure)] {
                                probe->failure = failure;
                                probe->is_done = true;
                                probe->timer.cancel();
                            });
                        });
    boost::system::error_code was_cancelled;
    co_await probe->timer.async_wait(asio::redirect_error(asio::use_awaitable, was_cancelled));
    if (probe->failure) std::rethrow_exception(probe->failure);
    if (!probe->is_done) {
        throw Error(ErrorKind::unavailable, "The database does not answer.", std::chrono::seconds(5));
    }
}

}  // namespace alma::db
