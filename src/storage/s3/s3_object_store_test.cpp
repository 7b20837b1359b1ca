// What the S3 store promises beyond the contract of ObjectStore (object_store_contract_test.cpp).
#include "storage/s3/s3_object_store.hpp"

#include "storage/s3/reader.hpp"
#include "storage/s3/s3_error.hpp"
#include "support/pattern.hpp"
#include "support/s3_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::storage {
namespace {

using s3::object_size_in;
using testing::HasSubstr;

TEST(S3ContentRange, TellsTheSizeWhenItIsAboutWhatWasAskedFor) {
    EXPECT_EQ(object_size_in("bytes 0-9/100", 0), 100u);
    EXPECT_EQ(object_size_in("bytes 90-99/100", 90), 100u);
    for (const char* text : {"", "bytes", "bytes 0-9/*", "bytes 1-9/100", "bytes 0-100/100", "bytes 0-9/100 ",
                             "bytes */100", "bytes 0-9/99999999999999999999", "bytes=0-9/100"})
        EXPECT_FALSE(object_size_in(text, 0)) << text;
    EXPECT_FALSE(object_size_in("bytes 9-5/100", 9));
}

TEST(S3ContentRange, TellsTheSizeAlsoWhenNothingOfItWasAskedFor) {
    EXPECT_EQ(s3::object_size_in_refusal("bytes */100"), 100u);
    for (const char* text : {"", "bytes */", "bytes */*", "bytes */1 ", "bytes 0-9/100"})
        EXPECT_FALSE(s3::object_size_in_refusal(text)) << text;
}

class S3ObjectStoreTest : public testing::Test {
protected:
    ~S3ObjectStoreTest() override { server.set_faults("{}"); }

    void put(const std::string& key, std::string_view content) {
        Spool spool(directory.path(), files);
        run(spool.append(content));
        run(store.put(key, spool, "text/plain"));
    }

    std::string get(const std::string& key, std::optional<ByteRange> range = std::nullopt) {
        return run([&]() -> awaitable<std::string> {
            const std::unique_ptr<ObjectReader> reader = co_await store.open(key, range);
            std::string content;
            for (std::string_view piece = co_await reader->next(); !piece.empty();
                 piece = co_await reader->next())
                content += piece;
            co_return content;
        });
    }

    static std::vector<std::string> listed(S3ObjectStore& from) {
        return run([&]() -> awaitable<std::vector<std::string>> {
            const std::unique_ptr<ObjectListing> listing = from.list();
            std::vector<std::string> keys;
            while (true) {
                const std::vector<ObjectInfo> page = co_await listing->next();
                if (page.empty()) co_return keys;
                for (const ObjectInfo& object : page)
                    keys.push_back(object.key + " " + std::to_string(object.size));
            }
        });
    }

    TemporaryDirectory directory;
    WorkerPool files{"test", 1, 64};
    S3Server& server = S3Server::shared();
    S3Config config = server.new_bucket();
    S3ObjectStore store{config};
};

TEST_F(S3ObjectStoreTest, WhatIsDamagedOrLostOnTheWayArrivesWholeAllTheSame) {
    const std::string content = pattern(700'000);
    for (const char* fault : {"corrupt_request", "cut_request", "lost_answer", "500"}) {
        server.set_faults(fmt::format(R"({{"next": ["{}"], "only": ["PUT"]}})", fault));
        const std::string key = std::string("ab/") + (fault[0] == '5' ? "error" : "damaged");
        put(key, content);
        EXPECT_EQ(get(key) == content, true) << fault;
    }
    for (const char* fault : {"corrupt_answer", "cut_answer", "stall", "503"}) {
        server.set_faults(fmt::format(R"({{"next": ["{0}", "none", "{0}"], "only": ["GET"]}})", fault));
        EXPECT_EQ(get("ab/damaged") == content, true) << fault;
        server.set_faults(fmt::format(R"({{"next": ["{0}"], "only": ["GET"]}})", fault));
        EXPECT_EQ(get("ab/damaged", ByteRange{600'000, 600'009}), content.substr(600'000, 10)) << fault;
    }
}

TEST_F(S3ObjectStoreTest, UnderRandomFaultsBytesAreRightOrTheFailureIsClear) {
    const std::string content = pattern(900'000);
    put("ab/there", content);
    server.set_faults(R"({"rate": 0.4, "seed": 11})");
    int passed = 0;
    for (int i = 0; i < 12; ++i) {
        const std::string key = "ab/random-" + std::to_string(i);
        try {
            put(key, content);
            EXPECT_EQ(get(i % 2 == 0 ? key : "ab/there") == content, true) << i;
            ++passed;
        } catch (const s3::S3Error& failure) {
            EXPECT_THAT(failure.what(), HasSubstr("S3 store"));
        }
    }
    EXPECT_GE(passed, 8);
}

TEST_F(S3ObjectStoreTest, WhatIsDamagedInTheStoreIsNeverHandedOn) {
    put("ab/damaged", pattern(300'000));
    // Each answer is damaged anew, as one from a broken store would be.
    server.set_faults(R"({"rate": 1, "kinds": ["corrupt_answer"], "only": ["GET"]})");
    try {
        get("ab/damaged");
        ADD_FAILURE() << "damaged bytes were handed on";
    } catch (const s3::S3Error& failure) {
        EXPECT_THAT(failure.what(), HasSubstr("checksum"));
    }
}

TEST_F(S3ObjectStoreTest, AnObjectThatIsReplacedWhileItIsReadDoesNotPassForWhole) {
    put("ab/same", pattern(700'000, 1));
    run([&]() -> awaitable<void> {
        const std::unique_ptr<ObjectReader> reader = co_await store.open("ab/same", std::nullopt);
        co_await reader->next();
        Spool other(directory.path(), files);
        co_await other.append(pattern(700'000, 2));
        co_await store.put("ab/same", other, "text/plain");
        bool is_refused = false;
        try {
            co_await reader->next();
        } catch (const std::runtime_error&) {
            is_refused = true;
        }
        EXPECT_TRUE(is_refused);
    });
}

TEST_F(S3ObjectStoreTest, ARefusedConditionThatNobodySetDoesNotPassForContent) {
    put("ab/one", "content");
    server.set_faults(R"({"next": ["412"], "only": ["GET"]})");
    EXPECT_THROW(get("ab/one"), s3::S3Error);
}

TEST_F(S3ObjectStoreTest, AnEmptyObjectOfOthersIsRead) {
    s3::Client client(config);
    s3::Request request{.method = "PUT", .key = "ab/foreign"};
    run(client.send(std::move(request)));  // without our metadata
    EXPECT_EQ(get("ab/foreign"), "");
    EXPECT_EQ(run(store.size_of("ab/foreign")), 0u);
}

TEST_F(S3ObjectStoreTest, PiecesOfLargeObjectsAreLargerAndReadJustTheSame) {
    const std::string content = pattern(11 * 1024 * 1024 + 5);
    put("ab/large", content);
    EXPECT_EQ(get("ab/large") == content, true);
    EXPECT_EQ(get("ab/large", ByteRange{5'000'000, 6'000'000}), content.substr(5'000'000, 1'000'001));
}

TEST_F(S3ObjectStoreTest, ListsEverythingPageByPageButItsOwnProbe) {
    EXPECT_TRUE(listed(store).empty());
    run(store.check());
    for (const char* key : {"ab/one", "cd/three", "cd/two", "ef/five", "ef/four"})
        put(key, key);
    config.listing_page = 2;
    S3ObjectStore in_small_pages(config);
    for (S3ObjectStore* one : {&store, &in_small_pages})
        EXPECT_THAT(listed(*one),
                    testing::ElementsAre("ab/one 6", "cd/three 8", "cd/two 6", "ef/five 7", "ef/four 7"));
}

TEST_F(S3ObjectStoreTest, TellsTheSizeOfAnObject) {
    put("ab/five", "12345");
    EXPECT_EQ(run(store.size_of("ab/five")), 5u);
    EXPECT_EQ(run(store.size_of("ab/none")), std::nullopt);
}

TEST_F(S3ObjectStoreTest, ItsCheckSaysWhetherResumesCanBeStoredNowAndRecovers) {
    EXPECT_NO_THROW(run(store.check()));
    server.set_faults(R"({"down": true})");
    EXPECT_THROW(run(store.check()), s3::S3Error);
    server.set_faults("{}");
    EXPECT_NO_THROW(run(store.check()));
    // The bucket answers, but takes nothing: one failed upload is enough to look again.
    server.set_faults(R"({"rate": 1, "kinds": ["500"], "only": ["PUT"]})");
    EXPECT_NO_THROW(run(store.check())) << "an upload has lately passed";
    EXPECT_THROW(put("ab/any", "x"), s3::S3Error);
    EXPECT_THROW(run(store.check()), s3::S3Error);
    server.set_faults("{}");
    EXPECT_NO_THROW(run(store.check()));
}

TEST_F(S3ObjectStoreTest, ACheckTakesAtMostTwoSeconds) {
    server.set_faults(R"({"rate": 1, "kinds": ["stall"]})");
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THROW(run(store.check()), s3::S3Error);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
}

}  // namespace
}  // namespace alma::storage
