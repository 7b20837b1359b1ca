// What every ObjectStore promises, run against each of them.
#include "base/error.hpp"
#include "storage/disk_object_store.hpp"
#include "storage/s3/s3_object_store.hpp"
#include "support/memory_object_store.hpp"
#include "support/pattern.hpp"
#include "support/run.hpp"
#include "support/s3_server.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace alma::storage {
namespace {

struct Implementation {
    const char* name;
    std::function<std::unique_ptr<ObjectStore>(const std::filesystem::path&, WorkerPool&)> make;
};

class ObjectStoreContract : public testing::TestWithParam<Implementation> {
protected:
    void put(const std::string& key, std::string_view content) {
        Spool spool(directory.path(), files);
        run(spool.append(content));
        run(store->put(key, spool, "application/pdf"));
    }

    std::uint64_t size_of(const std::string& key, ByteRange range) {
        const std::unique_ptr<ObjectReader> reader = run(store->open(key, range));
        return reader->size();
    }

    std::string get(const std::string& key, std::optional<ByteRange> range = std::nullopt) {
        return run([&]() -> awaitable<std::string> {
            const std::unique_ptr<ObjectReader> reader = co_await store->open(key, range);
            std::string content;
            while (true) {
                const std::string_view piece = co_await reader->next();
                EXPECT_LE(piece.size(), 256u * 1024);
                if (piece.empty()) break;
                content += piece;
            }
            EXPECT_TRUE((co_await reader->next()).empty()) << "the end stays the end";
            co_return content;
        });
    }

    bool has(const std::string& key) {
        try {
            get(key);
            return true;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::not_found);
            return false;
        }
    }

    TemporaryDirectory directory;
    WorkerPool files{"test", 2, 256};
    std::unique_ptr<ObjectStore> store = GetParam().make(directory.path(), files);
};

TEST_P(ObjectStoreContract, WhatWasPutIsReadByteForByteWhateverItsSize) {
    for (const std::size_t size : {1uz, 100uz, Spool::memory_bytes, Spool::memory_bytes + 1, 256uz * 1024,
                                   256uz * 1024 + 1, 10uz * 1024 * 1024}) {
        const std::string key = "ab/object-" + std::to_string(size);
        put(key, pattern(size));
        EXPECT_EQ(get(key) == pattern(size), true) << size << " bytes";
    }
}

TEST_P(ObjectStoreContract, AnEmptyObjectIsAnObject) {
    put("ab/empty", "");
    EXPECT_EQ(get("ab/empty"), "");
}

TEST_P(ObjectStoreContract, PutReplacesWhatWasThere) {
    for (const std::size_t size : {300'000uz, 10uz, 400'000uz, 20uz}) {
        put("ab/same", pattern(size, static_cast<std::uint32_t>(size)));
        EXPECT_EQ(get("ab/same") == pattern(size, static_cast<std::uint32_t>(size)), true) << size;
    }
}

TEST_P(ObjectStoreContract, ASpoolMayBePutTwice) {
    for (const std::size_t size : {100uz, 300'000uz}) {
        Spool spool(directory.path(), files);
        run(spool.append(pattern(size)));
        run(store->put("ab/first", spool, "text/plain"));
        run(store->put("cd/second", spool, "text/plain"));
        EXPECT_EQ(get("ab/first") == pattern(size), true);
        EXPECT_EQ(get("cd/second") == pattern(size), true);
    }
}

TEST_P(ObjectStoreContract, ARangeIsThatPart) {
    const std::string content = pattern(700'000);
    put("ab/ranged", content);
    EXPECT_EQ(get("ab/ranged", ByteRange{0, 0}), content.substr(0, 1));
    EXPECT_EQ(get("ab/ranged", ByteRange{10, 19}), content.substr(10, 10));
    EXPECT_EQ(get("ab/ranged", ByteRange{100'000, 599'999}), content.substr(100'000, 500'000));
    EXPECT_EQ(get("ab/ranged", ByteRange{699'999, 699'999}), content.substr(699'999));
}

TEST_P(ObjectStoreContract, ARangeEndsWithTheObject) {
    put("ab/ranged", "0123456789");
    EXPECT_EQ(get("ab/ranged", ByteRange{7, 1'000'000}), "789");
    EXPECT_EQ(get("ab/ranged", ByteRange{10, 20}), "");
    EXPECT_EQ(get("ab/ranged", ByteRange{11, UINT64_MAX}), "");
    EXPECT_EQ(get("ab/ranged", ByteRange{0, UINT64_MAX}), "0123456789");
    EXPECT_EQ(size_of("ab/ranged", ByteRange{10, 20}), 10u) << "of the whole object";
}

TEST_P(ObjectStoreContract, AnUnknownKeyIsNotFound) {
    put("ab/there", "x");
    EXPECT_FALSE(has("ab/missing"));
    EXPECT_FALSE(has("zz/missing"));
    EXPECT_FALSE(has("missing"));
}

TEST_P(ObjectStoreContract, WhatWasRemovedIsGoneAndRemovingItAgainIsNoError) {
    put("ab/gone", "x");
    put("ab/stays", "y");
    run(store->remove("ab/gone"));
    run(store->remove("ab/gone"));
    run(store->remove("zz/never-was"));
    EXPECT_FALSE(has("ab/gone"));
    EXPECT_TRUE(has("ab/stays"));
}

TEST_P(ObjectStoreContract, KeysThatAreNotOursAreRefusedByEveryCall) {
    for (const std::string& key :
         {std::string(), std::string("/etc/passwd"), std::string("../up"), std::string("ab/../../up"),
          std::string("ab/.."), std::string("ab//cd"), std::string("ab/"), std::string(".hidden"),
          std::string("ab/.hidden"), std::string("a b"), std::string("AB"), std::string("ab\0cd", 5),
          std::string("ab\\cd"), std::string("\xc5\x81"), std::string(101, 'a')}) {
        EXPECT_THROW(put(key, "x"), std::logic_error) << key;
        EXPECT_THROW(get(key), std::logic_error) << key;
        EXPECT_THROW(run(store->remove(key)), std::logic_error) << key;
    }
    const std::string longest(100, 'a');
    put(longest, "x");
    EXPECT_EQ(get(longest), "x");
}

TEST_P(ObjectStoreContract, AWorkingStorePassesItsCheck) {
    EXPECT_NO_THROW(run(store->check()));
}

TEST_P(ObjectStoreContract, ManyUploadsAtOnceDoNotMix) {
    asio::io_context loop;
    const auto upload = [this](std::uint32_t number) -> awaitable<void> {
        const std::string content = pattern(number % 2 == 0 ? 1000 : 300'000, number);
        Spool spool(directory.path(), files);
        co_await spool.append(content);
        co_await store->put("ab/many-" + std::to_string(number), spool, "text/plain");
    };
    for (std::uint32_t i = 0; i < 32; ++i)
        asio::co_spawn(loop, upload(i), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
    loop.run();
    for (std::uint32_t i = 0; i < 32; ++i) {
        EXPECT_EQ(get("ab/many-" + std::to_string(i)) == pattern(i % 2 == 0 ? 1000 : 300'000, i), true) << i;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Stores, ObjectStoreContract,
    testing::Values(Implementation{"Disk",
                                   [](const std::filesystem::path& directory, WorkerPool& files) {
                                       return std::make_unique<DiskObjectStore>(directory / "objects", files);
                                   }},
                    Implementation{"Memory",
                                   [](const std::filesystem::path&, WorkerPool&) {
                                       return std::make_unique<MemoryObjectStore>();
                                   }},
                    Implementation{"S3",
                                   [](const std::filesystem::path&, WorkerPool&) {
                                       return std::make_unique<S3ObjectStore>(
                                           S3Server::shared().new_bucket());
                                   }}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace alma::storage
