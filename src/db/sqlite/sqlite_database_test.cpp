#include "db/sqlite/sqlite_database.hpp"

#include "base/error.hpp"
#include "db/sqlite/sqlite_connection.hpp"
#include "support/run.hpp"
#include "support/sqlite_test_database.hpp"
#include "support/wait_until.hpp"

#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

namespace alma::db {
namespace {

using testing::HasSubstr;

constexpr std::string_view insert_item = "INSERT INTO items (name) VALUES ($1) RETURNING id";
constexpr std::string_view count_items = "SELECT count(*) FROM items";

class SqliteDatabaseTest : public testing::Test {
protected:
    explicit SqliteDatabaseTest(SqliteConfig config = {}) : database(std::move(config)) {
        write(
            sql("CREATE TABLE items (id INTEGER PRIMARY KEY,"
                " name TEXT CONSTRAINT items_name_is_unique UNIQUE,"
                " amount INTEGER CONSTRAINT items_amount_is_positive CHECK (amount > 0),"
                " part_of INTEGER REFERENCES items (id))"));
    }

    Rows read(Statement statement) { return run(database->read(std::move(statement))); }
    Rows search(Statement statement) { return run(database->search(std::move(statement))); }
    Rows write(Statement statement) { return run(database->write(std::move(statement))); }

    std::int64_t items() { return read(sql(count_items)).front()[0].integer(); }

    SqliteTestDatabase database;
};

/// Keeps the writer from beginning a batch, so that what is written meanwhile waits and is committed
/// together.
class WriterHeldUp {
public:
    explicit WriterHeldUp(const std::filesystem::path& file)
        : connection_(file, SqliteConnection::Access::read_write) {
        connection_.run(sql("BEGIN IMMEDIATE"));
    }
    void release() { connection_.run(sql("ROLLBACK")); }

private:
    SqliteConnection connection_;
};

/// The commits in a WAL file: frames whose header says how large the database is after them
/// (https://sqlite.org/fileformat2.html#the_write_ahead_log).
int commits_in_wal(const std::filesystem::path& database_file) {
    std::ifstream wal(database_file.string() + "-wal", std::ios::binary);
    wal.seekg(32);
    std::array<char, 24 + 4096> frame{};
    int commits = 0;
    while (wal.read(frame.data(), frame.size()))
        commits += std::string_view(&frame[4], 4) != std::string_view("\0\0\0\0", 4);
    return commits;
}

TEST_F(SqliteDatabaseTest, ATextMayHoldANul) {
    using namespace std::string_view_literals;
    const Rows rows = read(sql("SELECT $1", "Łukasz\0張"sv));
    EXPECT_EQ(rows.front()[0].text(), "Łukasz\0張"sv);
}

TEST_F(SqliteDatabaseTest, AReadTransactionEndsWithTheTurnOfItsLoop) {
    asio::io_context loop;
    asio::co_spawn(
        loop, [](Database& db) -> awaitable<void> { co_await db.read(sql(count_items)); }(*database),
        asio::detached);
    loop.run();
    write(sql(insert_item, "pen"));
    // Emptying the WAL takes that nobody reads from it.
    SqliteConnection other(database.file(), SqliteConnection::Access::read_write);
    const Rows outcome = other.run(sql("PRAGMA wal_checkpoint(TRUNCATE)"));
    EXPECT_EQ(outcome.front()[0].integer(), 0) << "a reader is in the way";
}

TEST_F(SqliteDatabaseTest, OnlyTheWritersConnectionCanWriteOrCheckpoint) {
    EXPECT_EQ(read(sql("PRAGMA query_only")).front()[0].integer(), 1);
    EXPECT_EQ(search(sql("PRAGMA query_only")).front()[0].integer(), 1);
    EXPECT_EQ(read(sql("PRAGMA wal_autocheckpoint")).front()[0].integer(), 0);
    EXPECT_EQ(search(sql("PRAGMA wal_autocheckpoint")).front()[0].integer(), 0);
    EXPECT_THROW(read(sql(insert_item, "a")), DatabaseError);
    EXPECT_THROW(search(sql(insert_item, "a")), DatabaseError);
    // Read-only is the file's own mode, too, so that no setting can give the right to write back.
    read(sql("PRAGMA query_only = OFF"));
    EXPECT_THROW(read(sql(insert_item, "a")), DatabaseError);
}

TEST_F(SqliteDatabaseTest, TheWriterIsSetUpForDurability) {
    EXPECT_EQ(write(sql("PRAGMA journal_mode")).front()[0].text(), "wal");
    EXPECT_EQ(write(sql("PRAGMA synchronous")).front()[0].integer(), 2);
    EXPECT_EQ(write(sql("PRAGMA foreign_keys")).front()[0].integer(), 1);
    EXPECT_EQ(write(sql("PRAGMA trusted_schema")).front()[0].integer(), 0);
    EXPECT_EQ(write(sql("PRAGMA cell_size_check")).front()[0].integer(), 1);
}

TEST_F(SqliteDatabaseTest, ItsFilesAreReadableByTheOwnerAlone) {
    for (const char* suffix : {"", "-wal", "-shm"}) {
        struct stat info{};
        ASSERT_EQ(::stat((database.file().string() + suffix).c_str(), &info), 0) << suffix;
        EXPECT_EQ(info.st_mode & 0777, 0600u) << suffix;
    }
}

TEST_F(SqliteDatabaseTest, WritesThatWaitTogetherAreCommittedTogether) {
    constexpr int transactions = 48;
    // A reader of the present state keeps the WAL from being emptied before it is counted.
    SqliteConnection reader(database.file(), SqliteConnection::Access::read_only);
    reader.run(sql("BEGIN"));
    reader.run(sql(count_items));
    const int commits_before = commits_in_wal(database.file());

    WriterHeldUp hold_up(database.file());
    asio::io_context loop;
    for (int i = 0; i < transactions; ++i) {
        asio::co_spawn(loop, database->write(sql(insert_item, "item " + std::to_string(i))),
                       [](std::exception_ptr failure, const Rows& rows) {
                           EXPECT_FALSE(failure);
                           EXPECT_EQ(rows.size(), 1u);
                       });
    }
    asio::post(loop, [&] { hold_up.release(); });
    loop.run();

    EXPECT_EQ(items(), transactions);
    // One that had begun, and one for all others.
    EXPECT_LE(commits_in_wal(database.file()) - commits_before, 2);
}

TEST_F(SqliteDatabaseTest, InABatchVoidAndFailingTransactionsAreUndoneAlone) {
    WriterHeldUp hold_up(database.file());
    asio::io_context loop;
    int committed = 0;
    int voided = 0;
    int failed = 0;
    const auto count = [&](std::exception_ptr failure, const std::optional<std::vector<Rows>>& results) {
        ++(failure ? failed : results ? committed : voided);
    };
    for (int i = 0; i < 48; ++i) {
        std::vector<Statement> transaction;
        transaction.push_back(sql(insert_item, "item " + std::to_string(i)));
        if (i % 3 == 1) transaction.push_back(required("SELECT id FROM items WHERE name = 'none'"));
        if (i % 3 == 2) transaction.push_back(sql("UPDATE items SET amount = -1"));
        asio::co_spawn(loop, database->write(std::move(transaction)), count);
    }
    asio::post(loop, [&] { hold_up.release(); });
    loop.run();

    EXPECT_EQ(committed, 16);
    EXPECT_EQ(voided, 16);
    EXPECT_EQ(failed, 16);
    EXPECT_EQ(items(), 16);
    const std::string_view undone =
        "SELECT count(*) FROM items WHERE CAST(substr(name, 6) AS INTEGER) % 3 <> 0";
    EXPECT_EQ(read(sql(undone)).front()[0].integer(), 0);
}

TEST_F(SqliteDatabaseTest, WhatWaitsWhenItClosesIsStillWritten) {
    asio::io_context loop;
    int answered = 0;
    for (int i = 0; i < 32; ++i)
        asio::co_spawn(loop, database->write(sql(insert_item, "item " + std::to_string(i))),
                       [&](std::exception_ptr failure, const Rows&) { answered += !failure; });
    loop.poll();
    database.close();
    EXPECT_EQ(std::filesystem::exists(database.file().string() + "-wal"), false);
    loop.run();
    EXPECT_EQ(answered, 32);
    database.open();
    EXPECT_EQ(items(), 32);
}

TEST_F(SqliteDatabaseTest, TheWalStaysBoundedUnderConstantReaders) {
    const std::filesystem::path wal = database.file().string() + "-wal";
    std::atomic<bool> is_done = false;
    std::thread reader([&] {
        while (!is_done)
            items();
    });
    std::uintmax_t largest = 0;
    const std::string large(64 * 1024, 'x');
    for (int i = 0; i < 400; ++i) {
        write(sql("INSERT INTO items (name) VALUES ($1)", large + std::to_string(i)));
        largest = std::max(largest, std::filesystem::file_size(wal));
    }
    // 50 MiB were written, table and index.
    EXPECT_LT(largest, 32u * 1024 * 1024);
    EXPECT_TRUE(wait_until([&] { return std::filesystem::file_size(wal) == 0; }));
    is_done = true;
    reader.join();
}

TEST_F(SqliteDatabaseTest, ACheckFailsInTwoSecondsWhileNothingCanBeWritten) {
    EXPECT_TRUE(wait_until([&] {  // until no commit is recent enough to speak for the disk
        return std::filesystem::file_size(database.file().string() + "-wal") == 0;
    }));
    WriterHeldUp hold_up(database.file());
    const auto start = std::chrono::steady_clock::now();
    EXPECT_THROW(run([&]() -> awaitable<void> {
                     try {
                         co_await database->check();
                     } catch (...) {
                         EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(2500));
                         hold_up.release();
                         throw;
                     }
                 }),
                 Error);
    EXPECT_NO_THROW(run(database->check()));
}

class BoundedSqliteDatabaseTest : public SqliteDatabaseTest {
protected:
    BoundedSqliteDatabaseTest()
        : SqliteDatabaseTest({.file = {},
                              .search_threads = 1,
                              .max_waiting_searches = 1,
                              .max_waiting_writes = 2,
                              .max_batch = 2,
                              .longest_search = std::chrono::milliseconds(300)}) {}

    /// Counts how many of the tasks were answered, and how many refused with a Retry-After.
    void drive(std::vector<awaitable<Rows>> tasks, const std::function<void()>& then = [] {}) {
        asio::io_context loop;
        for (awaitable<Rows>& task : tasks) {
            asio::co_spawn(loop, std::move(task), [this](std::exception_ptr failure, const Rows&) {
                try {
                    if (failure) std::rethrow_exception(failure);
                    ++answered;
                } catch (const Error& error) {
                    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
                    EXPECT_TRUE(error.retry_after());
                    ++refused;
                }
            });
        }
        asio::post(loop, then);
        loop.run();
    }

    int answered = 0;
    int refused = 0;
};

TEST_F(BoundedSqliteDatabaseTest, WritesPastTheQueueAreRefusedAndNotDone) {
    WriterHeldUp hold_up(database.file());
    std::vector<awaitable<Rows>> tasks;
    for (int i = 0; i < 10; ++i)
        tasks.push_back(database->write(sql(insert_item, "item " + std::to_string(i))));
    drive(std::move(tasks), [&] { hold_up.release(); });
    // Two wait; up to two more are with the writer.
    EXPECT_GE(answered, 2);
    EXPECT_LE(answered, 4);
    EXPECT_EQ(answered + refused, 10);
    EXPECT_EQ(items(), answered);
}

TEST_F(BoundedSqliteDatabaseTest, ASearchThatDoesNotEndIsStoppedAndOnesPastTheQueueAreRefused) {
    constexpr std::string_view endless =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    std::vector<awaitable<Rows>> tasks;
    for (int i = 0; i < 4; ++i)
        tasks.push_back(database->search(sql(endless)));
    const auto start = std::chrono::steady_clock::now();
    drive(std::move(tasks));
    EXPECT_EQ(refused, 4);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
    EXPECT_EQ(search(sql("SELECT 7")).front()[0].integer(), 7);
}

TEST(SqliteDatabase, SaysWhichFileItCannotOpen) {
    const TemporaryDirectory directory;
    try {
        const SqliteDatabase database({.file = directory / "missing" / "leads.db"});
        ADD_FAILURE() << "it opened a file in a directory that does not exist";
    } catch (const DatabaseError& error) {
        EXPECT_THAT(error.what(), HasSubstr("missing/leads.db"));
    }
}

TEST(SqliteDatabase, RefusesAFileThatIsNoDatabase) {
    const TemporaryDirectory directory;
    std::ofstream(directory / "leads.db") << std::string(5000, 'x');
    EXPECT_THROW(SqliteDatabase({.file = directory / "leads.db"}), DatabaseError);
}

}  // namespace
}  // namespace alma::db
