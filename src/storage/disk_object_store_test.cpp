// What the disk store promises beyond the contract of ObjectStore (object_store_contract_test.cpp).
#include "storage/disk_object_store.hpp"

#include "base/error.hpp"
#include "support/file_size_limit.hpp"
#include "support/pattern.hpp"
#include "support/run.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <future>

namespace alma::storage {
namespace {

using testing::HasSubstr;

class DiskObjectStoreTest : public testing::Test {
protected:
    void put(const std::string& key, std::string_view content, const std::filesystem::path& spool_directory) {
        Spool spool(spool_directory, files);
        run(spool.append(content));
        run(store.put(key, spool, "text/plain"));
    }
    void put(const std::string& key, std::string_view content) { put(key, content, root.path()); }

    bool has(const std::string& key) {
        try {
            run(store.open(key, std::nullopt));
            return true;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::not_found);
            return false;
        }
    }

    [[nodiscard]] std::string on_disk(const std::string& key) const {
        std::ifstream file(objects / key, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    static unsigned mode(const std::filesystem::path& path) {
        struct stat info{};
        EXPECT_EQ(::lstat(path.c_str(), &info), 0) << path;
        return info.st_mode & 0777;
    }

    /// Files and directories, of any name but the marker's.
    [[nodiscard]] std::ptrdiff_t entries() const {
        return std::distance(std::filesystem::recursive_directory_iterator(objects), {}) - 1;
    }

    static ErrorKind kind_of(const auto& call) {
        try {
            call();
            ADD_FAILURE() << "nothing was thrown";
            return ErrorKind::invalid;
        } catch (const Error& error) {
            return error.kind();
        }
    }

    TemporaryDirectory root;
    const std::filesystem::path objects = root / "objects";
    WorkerPool files{"test", 1, 64};
    DiskObjectStore store{objects, files};
};

TEST_F(DiskObjectStoreTest, EverythingIsReadableByTheOwnerAlone) {
    put("ab/small", "x");
    put("cd/large", pattern(300'000));
    EXPECT_EQ(mode(objects), 0700u);
    EXPECT_EQ(mode(objects / "ab"), 0700u);
    EXPECT_EQ(mode(objects / "ab/small"), 0600u);
    EXPECT_EQ(mode(objects / "cd/large"), 0600u);
}

TEST_F(DiskObjectStoreTest, ASpooledFileIsLinkedNotCopied) {
    Spool spool(root.path(), files);
    run(spool.append(pattern(300'000)));
    run(store.put("ab/large", spool, "text/plain"));
    struct stat spooled{};
    struct stat stored{};
    ASSERT_EQ(::fstat(spool.descriptor(), &spooled), 0);
    ASSERT_EQ(::stat((objects / "ab/large").c_str(), &stored), 0);
    EXPECT_EQ(spooled.st_ino, stored.st_ino);
}

TEST_F(DiskObjectStoreTest, ASpoolOnAnotherFileSystemIsCopied) {
    struct stat here{};
    struct stat there{};
    ASSERT_EQ(::stat(root.path().c_str(), &here), 0);
    if (::stat("/dev/shm", &there) != 0 || here.st_dev == there.st_dev)
        GTEST_SKIP() << "one file system only";
    put("ab/large", pattern(700'001), "/dev/shm");
    EXPECT_EQ(on_disk("ab/large") == pattern(700'001), true);
    put("ab/large", pattern(300'000), "/dev/shm");
    EXPECT_EQ(on_disk("ab/large") == pattern(300'000), true);
    EXPECT_EQ(entries(), 2);
}

TEST_F(DiskObjectStoreTest, ReplacingLeavesNothingElseBehind) {
    put("ab/same", "small");
    put("ab/same", pattern(300'000));
    put("ab/same", "small again");
    EXPECT_EQ(on_disk("ab/same"), "small again");
    EXPECT_EQ(entries(), 2);
}

TEST_F(DiskObjectStoreTest, AReaderKeepsTheObjectItOpened) {
    put("ab/same", "old");
    run([&]() -> awaitable<void> {
        const std::unique_ptr<ObjectReader> reader = co_await store.open("ab/same", std::nullopt);
        Spool spool(root.path(), files);
        co_await spool.append("new content");
        co_await store.put("ab/same", spool, "text/plain");
        EXPECT_EQ(co_await reader->next(), "old");
    });
}

TEST_F(DiskObjectStoreTest, AnObjectThatShrinksWhileItIsReadDoesNotPassForWhole) {
    put("ab/shrinks", pattern(700'000));
    run([&]() -> awaitable<void> {
        const std::unique_ptr<ObjectReader> reader = co_await store.open("ab/shrinks", std::nullopt);
        co_await reader->next();
        std::filesystem::resize_file(objects / "ab/shrinks", 300'000);
        bool is_refused = false;
        try {
            co_await reader->next();
        } catch (const std::runtime_error&) {
            is_refused = true;
        }
        EXPECT_TRUE(is_refused);
    });
}

/// Two ends of a connection, which do not block.
struct Sockets {
    Sockets() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        ours = FileDescriptor(ends[0]);
        theirs = FileDescriptor(ends[1]);
        std::signal(SIGPIPE, SIG_IGN);  // as the service does
    }
    /// All that lies there.
    [[nodiscard]] std::string receive() const {
        std::string bytes;
        std::array<char, 4096> piece{};
        for (ssize_t size = 0; (size = ::read(theirs.get(), piece.data(), piece.size())) > 0;)
            bytes.append(piece.data(), static_cast<std::size_t>(size));
        return bytes;
    }
    FileDescriptor ours;
    FileDescriptor theirs;
};

TEST_F(DiskObjectStoreTest, TheRestOfALongObjectIsSentToASocket) {
    put("ab/long", pattern(700'000));
    const Sockets sockets;
    run([&]() -> awaitable<void> {
        const ByteRange range{.first = 10, .last = 600'000};
        const std::unique_ptr<ObjectReader> reader = co_await store.open("ab/long", range);
        EXPECT_FALSE(reader->can_send());
        std::string received(co_await reader->next());
        EXPECT_TRUE(reader->can_send());
        bool was_full = false;
        for (std::size_t sent_in_all = received.size(); sent_in_all < 599'991;) {
            const std::optional<std::size_t> sent = co_await reader->send_to(sockets.ours.get());
            if (!sent) break;
            sent_in_all += *sent;
            was_full |= *sent == 0;
            if (*sent == 0) received += sockets.receive();
        }
        received += sockets.receive();
        EXPECT_TRUE(was_full);
        EXPECT_TRUE(received == pattern(700'000).substr(10, 599'991));
    });
}

TEST_F(DiskObjectStoreTest, AnObjectIsNotSentToASocketWhoseOtherEndIsGone) {
    put("ab/long", pattern(700'000));
    Sockets sockets;
    sockets.theirs = FileDescriptor();
    run([&]() -> awaitable<void> {
        const std::unique_ptr<ObjectReader> reader = co_await store.open("ab/long", std::nullopt);
        co_await reader->next();
        EXPECT_EQ(co_await reader->send_to(sockets.ours.get()), std::nullopt);
    });
}

TEST_F(DiskObjectStoreTest, AnObjectThatShrinksWhileItIsSentDoesNotPassForWhole) {
    put("ab/shrinks", pattern(700'000));
    const Sockets sockets;
    run([&]() -> awaitable<void> {
        const std::unique_ptr<ObjectReader> reader = co_await store.open("ab/shrinks", std::nullopt);
        co_await reader->next();
        std::filesystem::resize_file(objects / "ab/shrinks", 1'000);
        bool is_refused = false;
        try {
            co_await reader->send_to(sockets.ours.get());
        } catch (const std::runtime_error&) {
            is_refused = true;
        }
        EXPECT_TRUE(is_refused);
    });
}

TEST_F(DiskObjectStoreTest, SymbolicLinksAreNotFollowed) {
    const std::filesystem::path outside = root / "outside";
    std::filesystem::create_directory(outside);
    std::ofstream(outside / "secret") << "secret";
    std::filesystem::create_directory_symlink(outside, objects / "ab");
    std::filesystem::create_directory(objects / "cd");
    std::filesystem::create_symlink(outside / "secret", objects / "cd/link");

    EXPECT_EQ(kind_of([&] { run(store.open("ab/secret", std::nullopt)); }), ErrorKind::unavailable);
    EXPECT_EQ(kind_of([&] { run(store.open("cd/link", std::nullopt)); }), ErrorKind::unavailable);
    EXPECT_EQ(kind_of([&] { run(store.remove("ab/secret")); }), ErrorKind::unavailable);
    EXPECT_EQ(kind_of([&] { put("ab/new", "x"); }), ErrorKind::unavailable);
    EXPECT_FALSE(std::filesystem::exists(outside / "new"));
    put("cd/link", "replaces the link itself");
    std::ifstream secret(outside / "secret");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(secret), {}), "secret");
}

TEST_F(DiskObjectStoreTest, AFullDiskIsSaidAndLeavesNoPartOfAFile) {
    put("ab/before", "x");
    Spool large(root.path(), files);
    run(large.append(pattern(300'000)));
    const auto before = entries();
    {
        const FileSizeLimit full(1000);
        for (const std::string& key : {std::string("ab/new"), std::string("ab/before")}) {
            try {
                put(key, pattern(5000));
                ADD_FAILURE() << "stored on a full disk: " << key;
            } catch (const Error& error) {
                EXPECT_EQ(error.kind(), ErrorKind::unavailable);
                EXPECT_TRUE(error.retry_after());
            }
        }
    }
    EXPECT_EQ(entries(), before);
    EXPECT_EQ(on_disk("ab/before"), "x");
    put("ab/new", pattern(5000));
    EXPECT_EQ(on_disk("ab/new"), pattern(5000));
}

TEST_F(DiskObjectStoreTest, ItsCheckFailsWhenNothingCanBeWritten) {
    const FileSizeLimit full(0);
    EXPECT_THROW(run(store.check()), Error);
}

TEST_F(DiskObjectStoreTest, ADirectoryThatWasRemovedIsMadeAnew) {
    put("ab/first", "x");
    std::filesystem::remove_all(objects / "ab");
    EXPECT_FALSE(has("ab/first"));
    put("ab/second", "y");
    EXPECT_EQ(on_disk("ab/second"), "y");
    run(store.remove("ab/second"));
}

TEST_F(DiskObjectStoreTest, ACopyInItsPlaceIsTheOneThatIsUsed) {
    put("ab/before", "old");
    std::filesystem::copy(objects, root / "copy", std::filesystem::copy_options::recursive);
    put("ab/not-in-the-copy", "old");
    std::filesystem::rename(objects, root / "elsewhere");
    std::filesystem::rename(root / "copy", objects);
    put("ab/after", "new");
    EXPECT_EQ(on_disk("ab/after"), "new");
    EXPECT_TRUE(has("ab/before"));
    EXPECT_FALSE(has("ab/not-in-the-copy"));
    EXPECT_NO_THROW(run(store.check()));
}

TEST_F(DiskObjectStoreTest, AnEmptyMountPointInItsPlaceIsNotUsed) {
    put("ab/before", "x");
    std::filesystem::rename(objects, root / "elsewhere");
    std::filesystem::create_directory(objects);
    EXPECT_EQ(kind_of([&] { put("ab/meanwhile", "x"); }), ErrorKind::unavailable);
    EXPECT_EQ(kind_of([&] { run(store.open("ab/before", std::nullopt)); }), ErrorKind::unavailable);
    EXPECT_EQ(kind_of([&] { run(store.check()); }), ErrorKind::unavailable);
    EXPECT_EQ(kind_of([&] { DiskObjectStore(objects, files); }), ErrorKind::invalid);
    EXPECT_TRUE(std::filesystem::is_empty(objects)) << "a volume would hide it later";
    std::filesystem::remove(objects);
    std::filesystem::rename(root / "elsewhere", objects);
    EXPECT_TRUE(has("ab/before"));
}

TEST_F(DiskObjectStoreTest, WhileItsDirectoryIsGoneEverythingIsRefused) {
    put("ab/before", "x");
    std::filesystem::rename(objects, root / "elsewhere");
    EXPECT_EQ(kind_of([&] { put("ab/meanwhile", "x"); }), ErrorKind::unavailable);
    EXPECT_EQ(kind_of([&] { run(store.open("ab/before", std::nullopt)); }), ErrorKind::unavailable);
    EXPECT_EQ(kind_of([&] { run(store.remove("ab/before")); }), ErrorKind::unavailable);
    EXPECT_EQ(kind_of([&] { run(store.check()); }), ErrorKind::unavailable);
    EXPECT_FALSE(std::filesystem::exists(objects)) << "a volume may be mounted there at any moment";

    std::ofstream(objects) << "no directory";
    EXPECT_EQ(kind_of([&] { put("ab/meanwhile", "x"); }), ErrorKind::unavailable);
    EXPECT_EQ(kind_of([&] { run(store.open("ab/before", std::nullopt)); }), ErrorKind::unavailable);
    EXPECT_EQ(kind_of([&] { run(store.remove("ab/before")); }), ErrorKind::unavailable);
    std::filesystem::remove(objects);
    std::filesystem::rename(root / "elsewhere", objects);
    EXPECT_TRUE(has("ab/before"));
    EXPECT_NO_THROW(run(store.check()));
}

TEST_F(DiskObjectStoreTest, ItsCheckEndsThoughTheDiskHangs) {
    std::promise<void> release;
    files.post([&] { release.get_future().wait(); });
    run([&]() -> awaitable<void> {
        bool is_refused = false;
        try {
            co_await store.check();
        } catch (const Error& error) {
            is_refused = error.kind() == ErrorKind::unavailable;
        }
        EXPECT_TRUE(is_refused);
        release.set_value();
    });
}

TEST_F(DiskObjectStoreTest, AFullQueueRefusesTheCallAndNothingElse) {
    WorkerPool none("test", 0, 0);
    DiskObjectStore busy(objects, none);
    try {
        run(busy.remove("ab/any"));
        ADD_FAILURE() << "it ran without a thread";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    }
}

TEST(DiskObjectStore, NamesTheDirectoryThatItCannotUse) {
    const TemporaryDirectory directory;
    std::ofstream(directory / "file") << "x";
    WorkerPool files("test", 1, 1);
    for (const char* path : {"file", "file/below"}) {
        try {
            const DiskObjectStore store(directory / path, files);
            ADD_FAILURE() << "a file passed for a directory";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::invalid);
            EXPECT_THAT(error.detail(), HasSubstr((directory / path).string()));
        }
    }
}

}  // namespace
}  // namespace alma::storage
