/// A read-only connection for each thread that reads.
#pragma once

#include "db/sqlite/sqlite_connection.hpp"

#include <mutex>
#include <thread>
#include <unordered_map>

namespace alma::db {

/// May be used from any thread. Threads that read are few and stay: the event loops and the search pool. The
/// connection of a thread that ended goes to the next one with its id, or is closed here at the end.
class SqliteReaders {
public:
    explicit SqliteReaders(std::filesystem::path file);

    /// The calling thread's own connection, opened at its first call.
    SqliteConnection& here();

private:
    SqliteConnection& find_or_open();

    const std::filesystem::path file_;
    const std::uint64_t id_;  ///< of this object; unlike its address never given out again
    std::mutex mutex_;
    std::unordered_map<std::thread::id, std::unique_ptr<SqliteConnection>> connections_;
};

}  // namespace alma::db
