#include "base/error.hpp"
#include "support/file_size_limit.hpp"
#include "support/run.hpp"
#include "support/sqlite_test_database.hpp"

#include <gtest/gtest.h>

namespace alma::db {
namespace {

constexpr std::string_view insert_hit =
    "INSERT INTO limit_hits (limit_name, source, hit_at) VALUES ($1, $2, '2025-09-26T19:42:27.248539') "
    "RETURNING id";

class SqliteFullDiskTest : public testing::Test {
protected:
    Rows write(Statement statement) { return run(database->write(std::move(statement))); }
    std::int64_t number(std::string_view text) { return run(database->read(sql(text))).front()[0].integer(); }
    std::int64_t hits() { return number("SELECT count(*) FROM limit_hits"); }

    /// Writes until the database says that it is full. @return how many writes it took
    std::int64_t fill() {
        for (std::int64_t written = 0; written < 10'000; ++written) {
            try {
                write(sql(insert_hit, "disk", std::string(1000, 'x')));
            } catch (const Error& error) {
                EXPECT_EQ(error.kind(), ErrorKind::unavailable);
                EXPECT_TRUE(error.retry_after());
                return written;
            }
        }
        ADD_FAILURE() << "the disk never became full";
        return 0;
    }

    void expect_intact(std::int64_t expected_hits) {
        EXPECT_EQ(hits(), expected_hits);
        EXPECT_EQ(run(database->search(sql("PRAGMA integrity_check"))).front()[0].text(), "ok");
    }

    SqliteTestDatabase database;
};

TEST_F(SqliteFullDiskTest, AStatementThatFindsNoRoomFailsAndTheNextPassesOnceThereIsSome) {
    const std::string limit = "PRAGMA max_page_count = " + std::to_string(number("PRAGMA page_count") + 8);
    write(sql(limit));
    const std::int64_t written = fill();
    EXPECT_GT(written, 0);
    expect_intact(written);

    write(sql("PRAGMA max_page_count = 1000000"));
    write(sql(insert_hit, "disk", std::string(5000, 'x')));
    expect_intact(written + 1);
}

TEST_F(SqliteFullDiskTest, ACommitThatFindsNoRoomFailsAllItsTransactionsAndTheEngineRecovers) {
    std::int64_t written = 0;
    std::int64_t refused = 0;
    {
        const FileSizeLimit full(256 * 1024);
        written = fill();
        EXPECT_GT(written, 0);

        asio::io_context loop;
        for (int i = 0; i < 16; ++i)
            asio::co_spawn(loop, database->write(sql(insert_hit, "disk", std::string(60'000, 'x'))),
                           [&](std::exception_ptr failure, const Rows&) { ++(failure ? refused : written); });
        loop.run();
        EXPECT_GT(refused, 0);
        expect_intact(written);
    }
    {
        const FileSizeLimit no_room_at_all(0);
        EXPECT_THROW(write(sql(insert_hit, "disk", "x")), Error);
        EXPECT_THROW(run(database->check()), Error);
    }
    EXPECT_NO_THROW(run(database->check()));
    write(sql(insert_hit, "disk", std::string(5000, 'x')));
    expect_intact(written + 1);
    database.close();
    database.open();
    expect_intact(written + 1);
}

}  // namespace
}  // namespace alma::db
