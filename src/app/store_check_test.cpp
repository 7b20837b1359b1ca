#include "app/store_check.hpp"

#include "base/error.hpp"
#include "storage/disk_inventory.hpp"
#include "storage/object_keys.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace alma::app {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// A store to which things happen while it is listed.
class BusyInventory final : public storage::ObjectInventory {
public:
    explicit BusyInventory(storage::ObjectInventory& store) : store_(store) {}
    std::function<void()> when_listed = [] {};

    std::unique_ptr<storage::ObjectListing> list() override {
        class Listing final : public storage::ObjectListing {
        public:
            Listing(std::unique_ptr<storage::ObjectListing> listing, std::function<void()> at_end)
                : listing_(std::move(listing)), at_end_(std::move(at_end)) {}
            awaitable<std::vector<storage::ObjectInfo>> next() override {
                std::vector<storage::ObjectInfo> page = co_await listing_->next();
                if (page.empty()) at_end_();
                co_return page;
            }

        private:
            std::unique_ptr<storage::ObjectListing> listing_;
            std::function<void()> at_end_;
        };
        return std::make_unique<Listing>(store_.list(), when_listed);
    }
    awaitable<std::optional<std::uint64_t>> size_of(std::string key) override {
        return store_.size_of(std::move(key));
    }
    awaitable<void> remove(std::string key) override { return store_.remove(std::move(key)); }

private:
    storage::ObjectInventory& store_;
};

class StoreCheckTest : public testing::Test {
protected:
    static std::filesystem::path made(std::filesystem::path path) {
        std::filesystem::create_directory(path);
        return path;
    }

    std::string new_key() { return run(keys.next()); }

    void store_object(const std::string& key, const std::string& content = "resume") const {
        std::filesystem::create_directories((root / key).parent_path());
        std::ofstream(root / key) << content;
    }

    /// As a submission does it. @return the lead's UUID
    std::string add_lead(const std::string& key, std::int64_t size = 6) {
        const std::string uuid = to_text(random_uuid());
        std::vector<db::Statement> transaction;
        transaction.push_back(db::sql("DELETE FROM upload_intents WHERE object_key = $1", key));
        transaction.push_back(
            db::sql("INSERT INTO leads (uuid, first_name, last_name, email, resume_path, resume_name, "
                    "resume_type, resume_size, "
                    "created_at, updated_at) VALUES ($1, 'Ada', 'Lovelace', 'ada@example.com', $2, 'cv.txt', "
                    "'text/plain', $3, $4, $4)",
                    uuid, key, size, clock.now()));
        run(database->write(std::move(transaction)));
        return uuid;
    }

    void forget_intents() { run(database->write(db::sql("DELETE FROM upload_intents"))); }

    StoreCheckSummary check(bool removes_orphans = false, std::chrono::seconds least_age = 0s,
                            bool is_forced = false) {
        findings.clear();
        return run(
            check_store(busy, *database, scratch.path(), SystemClock(),
                        {.removes_orphans = removes_orphans, .is_forced = is_forced, .least_age = least_age},
                        [this](const Finding& finding) { findings.push_back(line_of(finding)); }));
    }

    static std::string line_of(const Finding& finding) {
        return fmt::format("{} {}{}", to_text(finding.kind), finding.key,
                           finding.is_removed ? " removed" : "");
    }

    TestDatabase database;
    ManualClock clock;
    storage::ObjectKeys keys{*database, clock, "this process"};
    TemporaryDirectory scratch;
    TemporaryDirectory directory;
    const std::filesystem::path root = made(directory / "resumes");
    WorkerPool files{"test", 1, 16};
    storage::DiskInventory inventory{root, files};
    BusyInventory busy{inventory};
    std::vector<std::string> findings;
};

TEST_F(StoreCheckTest, AStoreThatAgreesIsClean) {
    for (int i = 0; i < 3; ++i) {
        const std::string key = new_key();
        store_object(key);
        add_lead(key);
    }
    const StoreCheckSummary summary = check();
    EXPECT_THAT(findings, IsEmpty());
    EXPECT_TRUE(summary.is_clean());
    EXPECT_EQ(summary.leads, 3u);
    EXPECT_EQ(summary.objects, 3u);
}

TEST_F(StoreCheckTest, BothDirectionsAreReported) {
    const std::string gone = new_key();
    const std::string shrunk = new_key();
    const std::string orphan = new_key();
    add_lead(gone);
    store_object(shrunk, "res");
    add_lead(shrunk);
    store_object(orphan);
    forget_intents();
    const StoreCheckSummary summary = check();
    EXPECT_THAT(findings,
                UnorderedElementsAre("MISSING " + gone, "OTHER_SIZE " + shrunk, "ORPHAN " + orphan));
    EXPECT_FALSE(summary.is_clean());
    EXPECT_TRUE(std::filesystem::exists(root / orphan)) << "reporting changes nothing";
}

TEST_F(StoreCheckTest, RepairRemovesOrphansAndTouchesNothingElse) {
    const std::string gone = new_key();
    const std::string orphan = new_key();
    const std::string kept = new_key();
    add_lead(gone);
    store_object(orphan);
    store_object(kept);
    const std::string lead = add_lead(kept);
    store_object("of-others.txt");
    forget_intents();
    const StoreCheckSummary summary = check(true);
    EXPECT_THAT(findings, UnorderedElementsAre("MISSING " + gone, "ORPHAN " + orphan + " removed"));
    EXPECT_FALSE(std::filesystem::exists(root / orphan));
    EXPECT_TRUE(std::filesystem::exists(root / kept));
    EXPECT_TRUE(std::filesystem::exists(root / "of-others.txt"));
    EXPECT_EQ(summary.foreign_objects, 1u);
    EXPECT_EQ(summary.leads, 2u);
    EXPECT_FALSE(summary.is_clean()) << "a missing resume cannot be repaired";
    EXPECT_EQ(check().orphans, 0u);
}

TEST_F(StoreCheckTest, AnUploadOnItsWayIsNoOrphan) {
    store_object(new_key());  // its intent is open
    check(true);
    EXPECT_THAT(findings, IsEmpty());
}

TEST_F(StoreCheckTest, YoungOrphansAreLeftAlone) {
    const std::string young = new_key();
    const std::string old = new_key();
    store_object(young);
    store_object(old);
    std::filesystem::last_write_time(root / old, std::filesystem::file_time_type::clock::now() - 25h);
    forget_intents();
    add_lead("elsewhere");
    store_object("elsewhere");
    const StoreCheckSummary summary = check(true, 24h);
    EXPECT_THAT(findings, ElementsAre("ORPHAN " + old + " removed"));
    EXPECT_EQ(summary.young_orphans, 1u);
    EXPECT_TRUE(summary.is_clean());
    EXPECT_TRUE(std::filesystem::exists(root / young));
}

TEST_F(StoreCheckTest, ADatabaseWithoutLeadsRemovesNothingUnlessForced) {
    const std::string key = new_key();
    store_object(key);
    forget_intents();
    EXPECT_THROW(check(true), Error);
    EXPECT_THAT(findings, IsEmpty());
    EXPECT_TRUE(std::filesystem::exists(root / key));
    EXPECT_EQ(check().orphans, 1u) << "without --repair they are listed";
    EXPECT_EQ(check(true, 0s, true).removed, 1u);
}

TEST_F(StoreCheckTest, WhenMostObjectsAreOrphansNothingIsRemovedUnlessForced) {
    for (int i = 0; i < 11; ++i) {
        const std::string key = new_key();
        store_object(key);
        add_lead(key);
        store_object(new_key());
    }
    const std::string last = new_key();
    store_object(last);
    forget_intents();
    EXPECT_THROW(check(true), Error) << "12 of 23";
    EXPECT_EQ(check().orphans, 12u);
    std::filesystem::remove(root / last);
    EXPECT_EQ(check(true).removed, 11u) << "11 of 22 are no more than half";
    for (int i = 0; i < 12; ++i)
        store_object(new_key());
    forget_intents();
    EXPECT_THROW(check(true), Error);
    EXPECT_EQ(check(true, 24h).young_orphans, 12u) << "the young ones are not counted";
    EXPECT_EQ(check(true, 0s, true).removed, 12u);
}

TEST_F(StoreCheckTest, AFewOrphansAreRemovedAlsoWhenTheyAreMost) {
    const std::string kept = new_key();
    store_object(kept);
    add_lead(kept);
    for (int i = 0; i < 10; ++i)
        store_object(new_key());
    forget_intents();
    EXPECT_EQ(check(true).removed, 10u);
}

TEST_F(StoreCheckTest, WhatIsSubmittedMeanwhileIsNeitherMissingNorAnOrphan) {
    const std::string before = new_key();
    store_object(before);  // listed, and a lead's before the leads are read
    const std::string after = new_key();
    busy.when_listed = [&] {
        add_lead(before);
        store_object(after);  // not listed, and a lead's
        add_lead(after);
    };
    const StoreCheckSummary summary = check(true);
    EXPECT_THAT(findings, IsEmpty());
    EXPECT_EQ(summary.leads, 2u);
    EXPECT_TRUE(std::filesystem::exists(root / before));
}

TEST_F(StoreCheckTest, AResumeThatIsKeptElsewhereIsNotLookedFor) {
    add_lead("https://bucket.s3.eu-west-1.amazonaws.com/4711.pdf");
    const StoreCheckSummary summary = check();
    EXPECT_EQ(summary.resumes_elsewhere, 1u);
    EXPECT_TRUE(summary.is_clean());
}

TEST_F(StoreCheckTest, NothingIsLeftInTheScratchDirectory) {
    check();
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

}  // namespace
}  // namespace alma::app
