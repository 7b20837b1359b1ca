#include "db/sqlite/sqlite_writer.hpp"

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <future>

namespace alma::db {
namespace {

class SqliteWriterTest : public testing::Test {
protected:
    void write(Statement statement) {
        std::promise<void> is_done;
        std::vector<Statement> transaction;
        transaction.push_back(std::move(statement));
        writer.post(std::move(transaction),
                    [&](const std::exception_ptr&, const SqliteWriter::Results&) { is_done.set_value(); });
        is_done.get_future().wait();
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

}  // namespace
}  // namespace alma::db
