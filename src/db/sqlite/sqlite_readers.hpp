/// A read-only connection for each thread that reads.
#pragma once

#include "db/sqlite/sqlite_connection.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace alma::db {

/// May be used from any thread. Threads that read are few and stay: the event loops and the search pool. The
/// connection of a thread that ended goes to the next one with its id, or is closed here at the end.
class SqliteReaders {
public:
    /// @param commits counts up whenever the file has changed, before anyone is told of it; outlives this
    SqliteReaders(std::filesystem::path file, const std::atomic<std::uint64_t>& commits);

    /// The calling thread's own connection, opened at its first call.
    SqliteConnection& here() { return reader().connection; }

    /// The same, in a read transaction that all point reads of one turn of the event loop share: beginning
    /// and ending one costs four system calls, twice what a request otherwise needs. It ends when the turn
    /// does, so that it never holds up a checkpoint, and begins anew when something was committed since.
    /// @param loop runs on the calling thread alone
    SqliteConnection& in_this_turn(const boost::asio::any_io_executor& loop);

private:
    struct Reader {
        explicit Reader(const std::filesystem::path& file)
            : connection(file, SqliteConnection::Access::read_only) {}
        SqliteConnection connection;
        std::uint64_t sees_commits = 0;  ///< of the transaction that is open
        bool is_turn_ending_posted = false;
    };

    Reader& reader();
    const std::shared_ptr<Reader>& find_or_open();
    static void end_turn(Reader& reader);

    const std::filesystem::path file_;
    const std::atomic<std::uint64_t>& commits_;
    const std::uint64_t id_;  ///< of this object; unlike its address never given out again
    std::mutex mutex_;
    std::unordered_map<std::thread::id, std::shared_ptr<Reader>> readers_;
};

}  // namespace alma::db
