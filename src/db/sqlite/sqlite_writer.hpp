/// The thread that owns the one connection which writes and checkpoints.
#pragma once

#include "db/sqlite/sqlite_connection.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace alma::db {

/// Group commit: a durable commit costs a wait for the disk, however much it holds. So all transactions that
/// have come in while the disk was busy with the last commit go into the next one, each behind a savepoint of
/// its own. Nobody waits for a batch to fill.
class SqliteWriter {
public:
    using Results = std::optional<std::vector<Rows>>;
    /// Called after the commit, on the writer's thread.
    using Done = std::move_only_function<void(std::exception_ptr, Results)>;

    struct Limits {
        std::size_t max_waiting;  ///< transactions in the queue
        std::size_t max_batch;    ///< transactions in one commit
    };

    SqliteWriter(const std::filesystem::path& file, Limits limits);
    ~SqliteWriter();  ///< finishes what is queued, empties the WAL. Close all readers before.
    SqliteWriter(const SqliteWriter&) = delete;
    SqliteWriter& operator=(const SqliteWriter&) = delete;

    /// May be called from any thread. Throws nothing of its own: an exception from the start of an
    /// asynchronous operation would leave the event loop. When the queue is full, `done` gets
    /// Error{unavailable} at once, here.
    void post(std::vector<Statement> transaction, Done done);

    /// How often the file was changed; counted before any Done is called. Lives as long as this.
    [[nodiscard]] const std::atomic<std::uint64_t>& commits() const { return commits_; }

    /// The last commit succeeded, within the last second, and put something on the disk.
    [[nodiscard]] bool has_lately_committed() const;

private:
    struct Job {
        std::vector<Statement> transaction;
        Done done;
        std::exception_ptr failure;
        Results results;
    };
    using Batch = std::vector<Job>;

    void work();
    [[nodiscard]] bool take(Batch& batch);
    void commit(Batch& batch);
    void run_all(Batch& batch);
    void run_one(Job& job, bool is_alone);
    void undo_one(bool is_alone);
    void roll_back();
    void require_file() const;
    void checkpoint_when_due();
    void empty_wal() noexcept;
    static int on_commit(void* self, sqlite3* connection, const char* schema, int wal_pages);

    const Limits limits_;
    SqliteConnection connection_;  ///< the thread's own, once that runs
    const std::filesystem::path wal_;
    int wal_pages_ = 0;
    int pages_at_checkpoint_ = 0;
    std::atomic<std::uint64_t> commits_ = 0;
    std::atomic<std::chrono::steady_clock::time_point> committed_at_{};  ///< epoch: the last one failed

    std::mutex mutex_;
    std::condition_variable posted_;
    std::deque<Job> queue_;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace alma::db
