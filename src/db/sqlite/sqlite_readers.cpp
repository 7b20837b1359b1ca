#include "db/sqlite/sqlite_readers.hpp"

#include <atomic>

namespace alma::db {
namespace {

std::uint64_t next_id() {
    static std::atomic<std::uint64_t> last = 0;
    return ++last;
}

}  // namespace

SqliteReaders::SqliteReaders(std::filesystem::path file) : file_(std::move(file)), id_(next_id()) {}

SqliteConnection& SqliteReaders::here() {
    // Point reads come here a hundred thousand times a second: no lock on the usual way.
    struct Known {
        std::uint64_t owner = 0;
        SqliteConnection* connection = nullptr;
    };
    thread_local Known known;
    if (known.owner != id_) known = Known{id_, &find_or_open()};
    return *known.connection;
}

SqliteConnection& SqliteReaders::find_or_open() {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<SqliteConnection>& mine = connections_[std::this_thread::get_id()];
    if (!mine) mine = std::make_unique<SqliteConnection>(file_, SqliteConnection::Access::read_only);
    return *mine;
}

}  // namespace alma::db
