#include "leads/resume_source.hpp"

#include "storage/s3/s3_object_store.hpp"
#include "support/memory_object_store.hpp"
#include "support/run.hpp"
#include "support/s3_server.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

namespace alma::leads {
namespace {

class ResumeSourceTest : public testing::Test {
protected:
    std::string get(const Resume& resume, std::optional<storage::ByteRange> range = std::nullopt) {
        return run([&]() -> awaitable<std::string> {
            const std::unique_ptr<storage::ObjectReader> reader =
                co_await source.open(resume, co_await source.size_of(resume), range);
            co_return std::string(co_await reader->next());
        });
    }

    void put(storage::ObjectStore& store, const std::string& key, std::string_view content) {
        storage::Spool spool(directory.path(), files);
        run(spool.append(content));
        run(store.put(key, spool, "text/plain"));
    }

    [[nodiscard]] std::string url_of(const std::string& key) const {
        return storage::to_url({.bucket = bucket.bucket, .region = bucket.region, .key = key});
    }

    TemporaryDirectory directory;
    WorkerPool files{"test", 1, 16};
    MemoryObjectStore own;
    storage::S3Config bucket = S3Server::shared().new_bucket();
    storage::S3ObjectStore original{bucket};
    storage::OtherBuckets others{bucket};
    ResumeSource source{own, others};
};

TEST_F(ResumeSourceTest, AKeyIsReadInTheOwnStoreAndAUrlInItsBucket) {
    put(own, "same-key", "ours");
    put(original, "same-key", "the original's");
    const Resume ours{.path = "same-key", .name = {}, .type = {}, .size = 4};
    const Resume imported{.path = url_of("same-key"), .name = {}, .type = {}};
    EXPECT_EQ(run(source.size_of(ours)), 4u);
    EXPECT_EQ(get(ours), "ours");
    EXPECT_EQ(run(source.size_of(imported)), 14u);
    EXPECT_EQ(get(imported), "the original's");
    EXPECT_EQ(get(imported, storage::ByteRange{.first = 4, .last = 11}), "original");
}

TEST_F(ResumeSourceTest, AnObjectOfAnotherSizeIsNotOpened) {
    put(own, "key", "four");
    const Resume longer{.path = "key", .name = {}, .type = {}, .size = 5};
    EXPECT_THROW(get(longer), std::runtime_error);
}

TEST_F(ResumeSourceTest, AMissingResumeIsNoRefusalOfTheClient) {
    const Resume ours{.path = "none", .name = {}, .type = {}};
    const Resume imported{.path = url_of("none.pdf"), .name = {}, .type = {}};
    EXPECT_THROW(get(ours), std::runtime_error);
    EXPECT_THROW(get(imported), std::runtime_error);
    EXPECT_THROW(run(source.size_of(imported)), std::runtime_error);
}

}  // namespace
}  // namespace alma::leads
