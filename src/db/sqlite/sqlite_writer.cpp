#include "db/sqlite/sqlite_writer.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

#include <pthread.h>

namespace alma::db {
namespace {

using std::chrono::steady_clock;

// 4 MiB: what SQLite itself checkpoints at.
constexpr int pages_between_checkpoints = 1000;
// 16 MiB: readers have kept every checkpoint from finishing; now the writer waits for them, for a moment.
constexpr int pages_to_insist_at = 4 * pages_between_checkpoints;
constexpr std::chrono::milliseconds insisting_wait{100};
constexpr std::chrono::milliseconds ordinary_wait{5000};
// After so long without a write the WAL is emptied, so that it is small whenever the process is killed.
constexpr std::chrono::seconds idle_time{1};

std::string text_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace

SqliteWriter::SqliteWriter(const std::filesystem::path& file, Limits limits)
    : limits_(limits), connection_(file, SqliteConnection::Access::read_write), wal_(file.string() + "-wal") {
    // Replaces SQLite's own automatic checkpoint, which would run inside a commit that callers wait for.
    sqlite3_wal_hook(connection_.handle(), &SqliteWriter::on_commit, this);
    // Recovers what a killed process left in the WAL, while nobody reads yet.
    connection_.run(sql("SELECT count(*) FROM sqlite_schema"));
    empty_wal();
    thread_ = std::thread([this] { work(); });
    pthread_setname_np(thread_.native_handle(), "db-writer");
}

SqliteWriter::~SqliteWriter() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    posted_.notify_one();
    thread_.join();
    empty_wal();
}

void SqliteWriter::post(std::vector<Statement> transaction, Done done) {
    std::unique_lock lock(mutex_);
    if (queue_.size() < limits_.max_waiting) {
        queue_.push_back(Job{std::move(transaction), std::move(done), nullptr, std::nullopt});
        lock.unlock();
        posted_.notify_one();
        return;
    }
    lock.unlock();
    done(std::make_exception_ptr(Error::busy()), std::nullopt);
}

bool SqliteWriter::has_lately_committed() const {
    return steady_clock::now() - committed_at_.load() < std::chrono::seconds(1);
}

void SqliteWriter::work() {
    Batch batch;
    while (take(batch)) {
        commit(batch);
        for (Job& job : batch)
            job.done(std::move(job.failure), std::move(job.results));
        batch.clear();
        checkpoint_when_due();
    }
}

bool SqliteWriter::take(Batch& batch) {
    const auto is_called = [this] { return is_stopping_ || !queue_.empty(); };
    std::unique_lock lock(mutex_);
    while (!is_called()) {
        if (wal_pages_ == 0) {
            posted_.wait(lock, is_called);
        } else if (!posted_.wait_for(lock, idle_time, is_called)) {
            lock.unlock();
            empty_wal();
            lock.lock();
        }
    }
    while (!queue_.empty() && batch.size() < limits_.max_batch) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return !batch.empty();
}

void SqliteWriter::commit(Batch& batch) {
    try {
        if (connection_.is_in_transaction()) connection_.run(sql("ROLLBACK"));
        require_file();
        connection_.run(sql("BEGIN IMMEDIATE"));
        run_all(batch);
        if (connection_.is_in_transaction()) connection_.run(sql("COMMIT"));
        commits_.fetch_add(1, std::memory_order_release);
    } catch (...) {
        committed_at_ = steady_clock::time_point();
        const std::exception_ptr failure = std::current_exception();
        roll_back();
        log::error("a database commit failed", {{"transactions", batch.size()}, {"error", text_of(failure)}});
        for (Job& job : batch) {
            job.results.reset();
            if (!job.failure) job.failure = failure;
        }
    }
}

/// What is committed to a file that has no name any more is lost with this process: SQLite would not notice.
void SqliteWriter::require_file() const {
    int has_moved = 0;
    sqlite3_file_control(connection_.handle(), nullptr, SQLITE_FCNTL_HAS_MOVED, &has_moved);
    std::error_code unreadable;
    if (has_moved == 0 && std::filesystem::exists(wal_, unreadable)) return;
    log::error("the database file was moved or removed: put it back, then restart the service");
    throw Error::cannot_store();
}

void SqliteWriter::run_all(Batch& batch) {
    const bool is_alone = batch.size() == 1;
    for (Job& job : batch) {
        try {
            run_one(job, is_alone);
        } catch (...) {
            // Out of space or memory, SQLite gives up the whole transaction, not just the statement.
            if (!connection_.is_in_transaction()) throw;
            job.failure = std::current_exception();
            job.results.reset();
            undo_one(is_alone);
        }
    }
}

void SqliteWriter::run_one(Job& job, bool is_alone) {
    if (!is_alone) connection_.run(sql("SAVEPOINT job"));
    std::vector<Rows>& results = job.results.emplace();
    results.reserve(job.transaction.size());
    for (const Statement& statement : job.transaction) {
        results.push_back(connection_.run(statement));
        if (statement.must_return_row && results.back().empty()) {
            job.results.reset();
            return undo_one(is_alone);
        }
    }
    if (!is_alone) connection_.run(sql("RELEASE job"));
}

void SqliteWriter::undo_one(bool is_alone) {
    if (is_alone) {
        connection_.run(sql("ROLLBACK"));
        return;
    }
    connection_.run(sql("ROLLBACK TO job"));
    connection_.run(sql("RELEASE job"));
}

void SqliteWriter::roll_back() {
    if (!connection_.is_in_transaction()) return;
    try {
        connection_.run(sql("ROLLBACK"));
    } catch (const std::exception& error) {
        // The next batch begins with another attempt.
        log::error("a database rollback failed", {{"error", error.what()}});
    }
}

/// Called for a commit that has written something to the WAL: one of void transactions alone proves nothing.
int SqliteWriter::on_commit(void* self, sqlite3*, const char*, int wal_pages) {
    SqliteWriter& writer = *static_cast<SqliteWriter*>(self);
    writer.wal_pages_ = wal_pages;
    writer.committed_at_ = steady_clock::now();
    return SQLITE_OK;
}

void SqliteWriter::checkpoint_when_due() {
    // The WAL began anew: SQLite does so by itself once a checkpoint has copied it and nobody reads it.
    if (wal_pages_ < pages_at_checkpoint_) pages_at_checkpoint_ = 0;
    if (wal_pages_ - pages_at_checkpoint_ < pages_between_checkpoints) return;
    pages_at_checkpoint_ = wal_pages_;
    const bool insists = wal_pages_ >= pages_to_insist_at;
    connection_.wait_for_locks(insisting_wait);
    const int code = sqlite3_wal_checkpoint_v2(
        connection_.handle(), nullptr, insists ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE,
        nullptr, nullptr);
    connection_.wait_for_locks(ordinary_wait);
    if (code != SQLITE_OK && (insists || code != SQLITE_BUSY)) {
        log::warning("a database checkpoint did not finish",
                     {{"wal_pages", wal_pages_}, {"error", sqlite3_errstr(code)}});
    }
}

/// Leaves the pages where they are when readers or the disk do not allow it: the next idle second tries
/// again.
void SqliteWriter::empty_wal() noexcept {
    connection_.wait_for_locks(insisting_wait);
    const int code = sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                               nullptr, nullptr);
    connection_.wait_for_locks(ordinary_wait);
    if (code == SQLITE_OK) wal_pages_ = pages_at_checkpoint_ = 0;
}

}  // namespace alma::db
