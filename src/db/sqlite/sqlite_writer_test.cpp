#include "db/sqlite/sqlite_writer.hpp"

#include "base/error.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <future>

namespace alma::db {
namespace {

class SqliteWriterTest : public testing::Test {
protected:
    /// @return why it failed
    std::exception_ptr write(Statement statement) {
        std::promise<std::exception_ptr> is_done;
        std::vector<Statement> transaction;
        transaction.push_back(std::move(statement));
        writer.post(std::move(transaction), [&](std::exception_ptr failure, const SqliteWriter::Results&) {
            is_done.set_value(std::move(failure));
        });
        return is_done.get_future().get();
    }

    /// Whether a write is refused for now, and nothing done.
    bool is_refused(Statement statement) {
        const std::exception_ptr failure = write(std::move(statement));
        try {
            if (failure) std::rethrow_exception(failure);
        } catch (const Error& error) {
            return error.kind() == ErrorKind::unavailable;
        }
        return false;
    }

    TemporaryDirectory directory;
    SqliteWriter writer{directory / "test.db", {.max_waiting = 16, .max_batch = 16}};
};

TEST_F(SqliteWriterTest, ACommitThatReachedTheDiskProvesThatOneCan) {
    EXPECT_FALSE(writer.has_lately_committed());
    write(sql("CREATE TABLE items (id INTEGER PRIMARY KEY)"));
    EXPECT_TRUE(writer.has_lately_committed());
}

TEST_F(SqliteWriterTest, AVoidTransactionProvesNothing) {
    write(required("SELECT 1 WHERE 1 = 0"));
    EXPECT_FALSE(writer.has_lately_committed());
    write(sql("SELECT 1"));
    EXPECT_FALSE(writer.has_lately_committed());
    write(sql("no statement"));
    EXPECT_FALSE(writer.has_lately_committed());
}

TEST_F(SqliteWriterTest, CommitsNothingToAFileThatWasRemovedOrReplaced) {
    ASSERT_FALSE(write(sql("CREATE TABLE items (id INTEGER PRIMARY KEY)")));
    std::filesystem::rename(directory / "test.db-wal", directory / "kept.db-wal");
    EXPECT_TRUE(is_refused(sql("INSERT INTO items VALUES (1)")));
    std::filesystem::rename(directory / "kept.db-wal", directory / "test.db-wal");
    EXPECT_FALSE(write(sql("INSERT INTO items VALUES (2)")));

    std::filesystem::rename(directory / "test.db", directory / "kept.db");
    EXPECT_TRUE(is_refused(sql("INSERT INTO items VALUES (3)")));
    std::filesystem::copy_file(directory / "kept.db", directory / "test.db");
    EXPECT_TRUE(is_refused(sql("INSERT INTO items VALUES (4)"))) << "it is another file";
    EXPECT_FALSE(writer.has_lately_committed());
}

}  // namespace
}  // namespace alma::db
