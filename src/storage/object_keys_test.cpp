#include "storage/object_keys.hpp"

#include "base/error.hpp"
#include "db/outcome_unknown.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_object_store.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"
#include "support/unreliable_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <system_error>
#include <thread>

namespace alma::storage {
namespace {

using namespace std::chrono_literals;
using testing::MatchesRegex;

/// A store in which one object cannot be removed.
class StubbornStore final : public ObjectStore {
public:
    StubbornStore(ObjectStore& objects, std::string stuck) : objects_(objects), stuck_(std::move(stuck)) {}

    awaitable<void> put(std::string key, const Spool& content, std::string media_type) override {
        co_await objects_.put(std::move(key), content, std::move(media_type));
    }
    awaitable<std::unique_ptr<ObjectReader>> open(std::string key, std::optional<ByteRange> range) override {
        co_return co_await objects_.open(std::move(key), range);
    }
    awaitable<void> remove(std::string key) override {
        if (key == stuck_) throw std::system_error(EPERM, std::generic_category(), "remove");
        co_await objects_.remove(std::move(key));
    }
    awaitable<void> check() override { co_await objects_.check(); }

private:
    ObjectStore& objects_;
    const std::string stuck_;
};

/// A database that counts what is written to it.
class CountingDatabase final : public db::Database {
public:
    explicit CountingDatabase(db::Database& db) : db_(db) {}
    std::atomic<int> writes = 0;

    awaitable<db::Rows> read(db::Statement statement) override {
        co_return co_await db_.read(std::move(statement));
    }
    awaitable<db::Rows> search(db::Statement statement) override {
        co_return co_await db_.search(std::move(statement));
    }
    awaitable<std::optional<std::vector<db::Rows>>> write(std::vector<db::Statement> transaction) override {
        ++writes;
        co_return co_await db_.write(std::move(transaction));
    }
    awaitable<void> check() override { co_await db_.check(); }

private:
    db::Database& db_;
};

class ObjectKeysTest : public testing::Test {
protected:
    std::string next() { return run(keys.next()); }

    void put(const std::string& key) {
        Spool spool(std::filesystem::temp_directory_path(), files);
        run(spool.append("resume"));
        run(objects.put(key, spool, "application/pdf"));
    }

    /// As the lead's transaction does. @return whether it committed
    bool keep(const std::string& key) {
        std::vector<db::Statement> transaction;
        transaction.push_back(ObjectKeys::keep(key));
        return run(database->write(std::move(transaction))).has_value();
    }

    std::size_t sweep(const std::string& owner = "this process", bool is_only_process = false) {
        return run(sweep_uploads(*database, objects, clock, owner, is_only_process));
    }

    std::int64_t intents() {
        return run(database->read(db::sql("SELECT count(*) FROM upload_intents"))).front()[0].integer();
    }

    TestDatabase database;
    ManualClock clock;
    MemoryObjectStore objects;
    WorkerPool files{"test", 1, 64};
    ObjectKeys keys{*database, clock, "this process"};
};

TEST_F(ObjectKeysTest, KeysAreFreshRandomAndSpreadOverDirectories) {
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) {
        const std::string key = next();
        EXPECT_THAT(key, MatchesRegex("[0-9a-f][0-9a-f]/[0-9a-f-]+"));
        EXPECT_EQ(key.substr(0, 2), key.substr(3, 2));
        EXPECT_NO_THROW(require_valid_key(key));
        EXPECT_TRUE(seen.insert(key).second);
    }
}

TEST_F(ObjectKeysTest, WhetherKeysWereWrittenDownIsNothingThatACallerNeedsToKnow) {
    UnreliableDatabase lossy(*database);
    lossy.fail("INSERT INTO upload_intents", 1, std::make_exception_ptr(db::OutcomeUnknown()));
    ObjectKeys lossy_keys(lossy, clock, "this process");
    try {
        run(lossy_keys.next());
        ADD_FAILURE() << "a key that is perhaps not written down";
    } catch (const db::OutcomeUnknown&) {
        ADD_FAILURE() << "nothing of the caller's was stored yet";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    }
    EXPECT_FALSE(run(lossy_keys.next()).empty());
}

TEST_F(ObjectKeysTest, KeysAreWrittenDownInBlocksBeforeTheyAreHandedOut) {
    next();
    EXPECT_EQ(intents(), 64);
    for (int i = 1; i < 64; ++i)
        next();
    EXPECT_EQ(intents(), 64);
    next();
    EXPECT_EQ(intents(), 128);
}

TEST_F(ObjectKeysTest, CallersOnManyLoopsShareOneRefill) {
    constexpr int loops = 4;
    constexpr int callers = 16;
    std::mutex mutex;
    std::set<std::string> seen;
    std::vector<std::thread> threads;
    for (int i = 0; i < loops; ++i) {
        threads.emplace_back([&] {
            asio::io_context loop;
            for (int caller = 0; caller < callers; ++caller)
                asio::co_spawn(loop, keys.next(), [&](std::exception_ptr failure, const std::string& key) {
                    EXPECT_FALSE(failure);
                    const std::lock_guard lock(mutex);
                    seen.insert(key);
                });
            loop.run();
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(seen.size(), 64u);
    EXPECT_EQ(intents(), 64);
}

TEST_F(ObjectKeysTest, AKeyHasTenMinutesLeftBeforeItCouldBeSwept) {
    next();
    clock.advance(50min - 1s);
    const std::string last_of_the_block = next();
    EXPECT_EQ(intents(), 64);
    put(last_of_the_block);
    clock.advance(10min);
    EXPECT_EQ(sweep(), 0u);
    EXPECT_TRUE(keep(last_of_the_block));
}

TEST_F(ObjectKeysTest, ABlockThatGrewOldIsNotHandedOut) {
    const std::string old = next();
    clock.advance(50min);
    next();
    EXPECT_EQ(intents(), 128);
}

TEST_F(ObjectKeysTest, AFailedRefillFailsItsCallerAndTheNextOneTriesAgain) {
    run(database->write(db::sql("ALTER TABLE upload_intents RENAME TO away")));
    asio::io_context loop;
    int failed = 0;
    for (int i = 0; i < 8; ++i)
        asio::co_spawn(loop, keys.next(),
                       [&](std::exception_ptr failure, const std::string&) { failed += failure != nullptr; });
    loop.run();
    EXPECT_EQ(failed, 8);
    run(database->write(db::sql("ALTER TABLE away RENAME TO upload_intents")));
    EXPECT_FALSE(next().empty());
}

TEST_F(ObjectKeysTest, AllWhoWaitForARefillFailWithIt) {
    run(database->write(db::sql("ALTER TABLE upload_intents RENAME TO away")));
    CountingDatabase counting(*database);
    ObjectKeys waited_for(counting, clock, "this process");
    asio::io_context loop;
    int failed = 0;
    for (int i = 0; i < 8; ++i)
        asio::co_spawn(loop, waited_for.next(),
                       [&](std::exception_ptr failure, const std::string&) { failed += failure != nullptr; });
    loop.run();
    EXPECT_EQ(failed, 8);
    EXPECT_EQ(counting.writes, 1) << "one attempt for all, not one after the other";
}

TEST_F(ObjectKeysTest, AKeyIsKeptOnce) {
    const std::string key = next();
    EXPECT_TRUE(keep(key));
    EXPECT_FALSE(keep(key));
    EXPECT_EQ(intents(), 63);
}

TEST_F(ObjectKeysTest, TheSweepRemovesWhatWasNotKeptAndNothingElse) {
    const std::string kept = next();
    const std::string dropped = next();
    put(kept);
    put(dropped);
    EXPECT_TRUE(keep(kept));
    clock.advance(61min);
    EXPECT_EQ(sweep(), 63u);
    EXPECT_TRUE(objects.contains(kept));
    EXPECT_FALSE(objects.contains(dropped));
    EXPECT_EQ(intents(), 0);
    EXPECT_FALSE(keep(dropped));
}

TEST_F(ObjectKeysTest, YoungIntentsOfOtherProcessesAreSweptOnlyWhenThereAreNone) {
    const std::string key = next();
    put(key);
    EXPECT_EQ(sweep("another process", false), 0u);
    EXPECT_EQ(sweep("this process", true), 0u);
    EXPECT_TRUE(objects.contains(key));
    EXPECT_EQ(sweep("another process", true), 64u);
    EXPECT_FALSE(objects.contains(key));
}

TEST_F(ObjectKeysTest, ManyIntentsAreSweptInBatches) {
    for (int i = 0; i < 300; ++i)
        put(next());
    clock.advance(2h);
    EXPECT_EQ(sweep(), 320u);
    EXPECT_EQ(objects.size(), 0u);
}

TEST_F(ObjectKeysTest, AnObjectThatCannotBeRemovedIsLeftAndTheOthersGo) {
    std::string stuck;
    for (int i = 0; i < 300; ++i) {
        const std::string key = next();
        put(key);
        if (stuck.empty() || key < stuck) stuck = key;  // the first one that the sweep comes to
    }
    clock.advance(2h);
    StubbornStore stubborn(objects, stuck);
    EXPECT_EQ(run(sweep_uploads(*database, stubborn, clock, "this process", false)), 319u);
    EXPECT_EQ(objects.size(), 1u);
    EXPECT_TRUE(objects.contains(stuck));
    EXPECT_EQ(intents(), 1);
    EXPECT_EQ(sweep(), 1u);
    EXPECT_EQ(objects.size(), 0u);
}

TEST_F(ObjectKeysTest, WhileTheStoreIsDownTheSweepKeepsItsListAndASubmissionCannotUndoIt) {
    const std::string key = next();
    put(key);
    clock.advance(2h);
    objects.down = true;
    EXPECT_THROW(sweep(), Error);
    EXPECT_EQ(intents(), 64);
    // Claimed: the object may go at any moment, so no lead may refer to it.
    EXPECT_FALSE(keep(key));
    objects.down = false;
    EXPECT_EQ(sweep(), 64u);
    EXPECT_EQ(objects.size(), 0u);
}

}  // namespace
}  // namespace alma::storage
