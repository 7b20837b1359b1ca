#include "storage/spool.hpp"

#include "base/error.hpp"
#include "support/file_size_limit.hpp"
#include "support/pattern.hpp"
#include "support/run.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace alma::storage {
namespace {

class SpoolTest : public testing::Test {
protected:
    void append(std::string_view bytes) { run(spool.append(bytes)); }
    /// What the file holds, whatever its read position.
    [[nodiscard]] std::string file_content() const {
        std::string bytes;
        read_some(spool.descriptor(), bytes, 64 * 1024 * 1024, 0);
        return bytes;
    }

    TemporaryDirectory directory;
    WorkerPool files{"test", 1, 16};
    Spool spool{directory.path(), files};
};

TEST_F(SpoolTest, ShortContentStaysInMemoryToTheLastByte) {
    const std::string content = pattern(Spool::memory_bytes);
    append(std::string_view(content).substr(0, 1000));
    append(std::string_view(content).substr(1000));
    EXPECT_EQ(spool.descriptor(), -1);
    EXPECT_EQ(spool.head(), content);
    EXPECT_EQ(spool.size(), content.size());
}

TEST_F(SpoolTest, OneByteMoreMovesAllOfItToAFile) {
    const std::string content = pattern(Spool::memory_bytes + 1);
    append(std::string_view(content).substr(0, Spool::memory_bytes));
    append(std::string_view(content).substr(Spool::memory_bytes));
    EXPECT_EQ(file_content(), content);
    EXPECT_EQ(spool.head(), std::string_view(content).substr(0, Spool::memory_bytes));
    EXPECT_EQ(spool.size(), content.size());
}

TEST_F(SpoolTest, TheFileHoldsEverythingAfterEachPieceWhateverItsSize) {
    const std::string content = pattern(3 * 1024 * 1024);
    std::size_t appended = 0;
    for (std::size_t size = 1; appended < content.size(); size = size * 3 + 1) {
        append(std::string_view(content).substr(appended, size));
        appended = std::min(appended + size, content.size());
        ASSERT_EQ(spool.size(), appended);
        if (spool.descriptor() >= 0) {
            ASSERT_EQ(file_content(), content.substr(0, appended));
        }
        ASSERT_EQ(spool.head(), content.substr(0, std::min(appended, Spool::memory_bytes)));
    }
}

TEST_F(SpoolTest, AReaderThatSeeksDoesNotMoveWhereItWrites) {
    append(pattern(200'000));
    ::lseek(spool.descriptor(), 17, SEEK_SET);
    append("end");
    EXPECT_EQ(file_content(), pattern(200'000) + "end");
}

TEST_F(SpoolTest, TheFileHasNoNameAndIsItsOwnersAlone) {
    append(pattern(200'000));
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
    struct stat info{};
    ASSERT_EQ(::fstat(spool.descriptor(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
    EXPECT_EQ(info.st_nlink, 0u);
}

TEST_F(SpoolTest, AFullDiskIsSaidAndSpoilsNothing) {
    append(pattern(200'000));
    {
        const FileSizeLimit full(200'000);
        EXPECT_THROW(append("more"), Error);
    }
    EXPECT_EQ(spool.size(), 200'000u);
    append("more");
    EXPECT_EQ(file_content(), pattern(200'000) + "more");
}

TEST(Spool, WithoutTmpfileSupportAFileLosesItsNameAtOnce) {
    const TemporaryDirectory directory;
    const FileDescriptor file = open_unlinked_file(open_directory(directory.path()).get());
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
    write_all(file.get(), "content", 0);
    std::string bytes;
    read_some(file.get(), bytes, 100, 0);
    EXPECT_EQ(bytes, "content");
}

TEST(Spool, ADirectoryThatIsGoneIsNothingForTheClientToMend) {
    WorkerPool files("test", 1, 1);
    Spool spool("/nonexistent/alma", files);
    try {
        run(spool.append(pattern(200'000)));
        FAIL() << "it was kept";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    }
}

}  // namespace
}  // namespace alma::storage
