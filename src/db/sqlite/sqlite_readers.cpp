#include "db/sqlite/sqlite_readers.hpp"

#include <boost/asio/post.hpp>

namespace alma::db {
namespace {

std::uint64_t next_id() {
    static std::atomic<std::uint64_t> last = 0;
    return ++last;
}

}  // namespace

SqliteReaders::SqliteReaders(std::filesystem::path file, const std::atomic<std::uint64_t>& commits)
    : file_(std::move(file)), commits_(commits), id_(next_id()) {}

SqliteReaders::Reader& SqliteReaders::reader() {
    // Point reads come here a hundred thousand times a second: no lock on the usual way.
    struct Known {
        std::uint64_t owner = 0;
        Reader* reader = nullptr;
    };
    thread_local Known known;
    if (known.owner != id_) known = Known{id_, find_or_open().get()};
    return *known.reader;
}

const std::shared_ptr<SqliteReaders::Reader>& SqliteReaders::find_or_open() {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Reader>& mine = readers_[std::this_thread::get_id()];
    if (!mine) mine = std::make_shared<Reader>(file_);
    return mine;
}

SqliteConnection& SqliteReaders::in_this_turn(const boost::asio::any_io_executor& loop) {
    Reader& mine = reader();
    // Before BEGIN: what is committed in between is seen, and merely not known to be.
    const std::uint64_t commits = commits_.load(std::memory_order_acquire);
    if (mine.connection.is_in_transaction()) {
        if (mine.sees_commits == commits) return mine.connection;
        end_turn(mine);
    }
    mine.connection.run(sql("BEGIN"));
    mine.sees_commits = commits;
    if (!mine.is_turn_ending_posted) {
        // Weak: the database may be closed before the loop comes to it.
        boost::asio::post(loop, [ending = std::weak_ptr(find_or_open())] {
            const std::shared_ptr<Reader> there = ending.lock();
            if (!there) return;
            there->is_turn_ending_posted = false;
            end_turn(*there);
        });
        mine.is_turn_ending_posted = true;
    }
    return mine.connection;
}

void SqliteReaders::end_turn(Reader& reader) {
    if (reader.connection.is_in_transaction()) reader.connection.run(sql("COMMIT"));
}

}  // namespace alma::db
