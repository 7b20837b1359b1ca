#include "support/run.hpp"
#include "support/sqlite_test_database.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace alma::db {
namespace {

constexpr std::string_view insert_hit =
    "INSERT INTO limit_hits (id, limit_name, source, hit_at) VALUES ($1, 'kill', $2, "
    "'2025-09-26T19:42:27.248539')";

/// Writes from 32 coroutines and says each id on the pipe once its write returned. Ends by being killed.
[[noreturn]] void write_until_killed(const std::filesystem::path& file, int acknowledged, int round) {
    SqliteDatabase database({.file = file});
    asio::io_context loop;
    std::int64_t last_id = round * 1'000'000;
    const auto writer = [&]() -> awaitable<void> {
        while (true) {
            const std::int64_t id = ++last_id;
            co_await database.write(sql(insert_hit, id, std::string(300, 'x')));
            if (::write(acknowledged, &id, sizeof id) != sizeof id) ::_exit(2);
        }
    };
    for (int i = 0; i < 32; ++i)
        asio::co_spawn(loop, writer, [](std::exception_ptr) { ::_exit(3); });
    loop.run();
    ::_exit(4);
}

/// @return the ids that the child had acknowledged when it was killed
std::vector<std::int64_t> kill_a_writer(const std::filesystem::path& file, int round) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        write_until_killed(file, ends[1], round);
    }
    ::close(ends[1]);
    std::vector<std::int64_t> acknowledged;
    // Another moment in each round: past a checkpoint (1,000 pages) in the later ones.
    const std::size_t enough = 100u + 700u * static_cast<std::size_t>(round);
    std::int64_t id = 0;
    while (::read(ends[0], &id, sizeof id) == sizeof id) {
        acknowledged.push_back(id);
        if (acknowledged.size() == enough) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";
    return acknowledged;
}

TEST(SqliteCrash, EveryAcknowledgedWriteOutlivesAKilledProcess) {
    SqliteTestDatabase database;
    database.close();
    std::vector<std::int64_t> acknowledged;
    for (int round = 0; round < 4; ++round) {
        const std::vector<std::int64_t> fresh = kill_a_writer(database.file(), round);
        acknowledged.insert(acknowledged.end(), fresh.begin(), fresh.end());

        database.open();
        EXPECT_EQ(run(database->search(sql("PRAGMA integrity_check"))).front()[0].text(), "ok");
        for (const std::int64_t id : acknowledged) {
            const Rows rows = run(database->read(sql("SELECT source FROM limit_hits WHERE id = $1", id)));
            ASSERT_EQ(rows.size(), 1u) << "write " << id << " was acknowledged and is lost";
            EXPECT_EQ(rows.front()[0].text().size(), 300u);
        }
        database.close();
    }
}

}  // namespace
}  // namespace alma::db
