#include "storage/reconciliation.hpp"

#include "storage/object_keys.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

namespace alma::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* one = "ab/ab000000-0000-4000-8000-000000000001";
constexpr const char* two = "ab/ab000000-0000-4000-8000-000000000002";
constexpr const char* three = "ab/ab000000-0000-4000-8000-000000000003";

ObjectInfo object(std::string key, std::uint64_t size = 1) {
    return {.key = std::move(key), .size = size, .modified_at = *parse_instant("2025-01-02T03:04:05")};
}

class ReconciliationTest : public testing::Test {
protected:
    std::vector<std::string> orphans() {
        std::vector<std::string> keys;
        for (const ObjectInfo& orphan : both.orphans("", 100))
            keys.push_back(orphan.key);
        return keys;
    }
    std::vector<std::string> unmet() {
        std::vector<std::string> texts;
        for (const UnmetClaim& claim : both.unmet_claims(std::nullopt, 100))
            texts.push_back(fmt::format("{} {} {}", claim.claim.lead, claim.claim.size,
                                        claim.found_size ? std::to_string(*claim.found_size) : "none"));
        return texts;
    }

    TemporaryDirectory directory;
    Reconciliation both{directory.path()};
};

TEST_F(ReconciliationTest, WhatAgreesIsNotReported) {
    both.add(std::vector{object(one), object(two)});
    both.add(std::vector<ObjectClaim>{{"lead 1", one, 1}});
    both.add_intents({two});
    EXPECT_THAT(orphans(), IsEmpty());
    EXPECT_THAT(unmet(), IsEmpty());
    EXPECT_EQ(both.objects(), 2u);
}

TEST_F(ReconciliationTest, AnObjectWithoutClaimAndIntentIsAnOrphan) {
    both.add(std::vector{object(one), object(two)});
    both.add(std::vector<ObjectClaim>{{"lead 1", one, 1}});
    EXPECT_THAT(orphans(), ElementsAre(two));
    EXPECT_EQ(both.orphans("", 1).front().modified_at, object(two).modified_at);
    EXPECT_THAT(both.orphans(two, 1), IsEmpty());
}

TEST_F(ReconciliationTest, OldObjectsAndOrphansAreCounted) {
    const Instant now = *parse_instant("2025-01-02T03:04:05");
    EXPECT_EQ(both.tally_until(now).orphans, 0u);
    both.add(std::vector{object(one), object(two), object(three), object("readiness-probe")});
    both.add(std::vector<ObjectClaim>{{"lead 1", one, 1}});
    both.add_intents({two});
    EXPECT_EQ(both.tally_until(now).objects, 3u);
    EXPECT_EQ(both.tally_until(now).orphans, 1u);
    EXPECT_EQ(both.tally_until(now - std::chrono::seconds(1)).objects, 0u);
}

TEST_F(ReconciliationTest, AClaimIsUnmetWhenTheObjectIsMissingOrOfAnotherSize) {
    both.add(std::vector{object(one, 5), object(two, 6)});
    both.add(std::vector<ObjectClaim>{{"lead 1", one, 5}, {"lead 2", two, 5}, {"lead 3", three, 5}});
    EXPECT_THAT(unmet(), ElementsAre("lead 2 5 6", "lead 3 5 none"));
    EXPECT_THAT(both.unmet_claims(ObjectClaim{"lead 2", two, 0}, 100).size(), 1u);
}

TEST_F(ReconciliationTest, ObjectsOfOthersAreCountedAndNoOrphansUnlessALeadHasThem) {
    both.add(std::vector{object("readiness-probe"), object("backup/2024.tar"), object("old/style.pdf")});
    both.add(std::vector<ObjectClaim>{{"lead 1", "old/style.pdf", 1}});
    EXPECT_THAT(orphans(), IsEmpty());
    EXPECT_THAT(unmet(), IsEmpty());
    EXPECT_EQ(both.foreign_objects(), 2u);
}

TEST_F(ReconciliationTest, AnObjectThatIsListedTwiceCountsOnce) {
    both.add(std::vector{object(one, 1), object(one, 2)});
    EXPECT_EQ(both.objects(), 1u);
}

TEST_F(ReconciliationTest, ItsFileHasNoName) {
    both.add(std::vector{object(one)});
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(Reconciliation, NoFileStaysWhenItCannotBeWritten) {
    const TemporaryDirectory directory;
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit nothing{.rlim_cur = 0, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &nothing), 0);
    EXPECT_ANY_THROW(Reconciliation{directory.path()});
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(Reconciliation, KeysOfOursAreThoseThatObjectKeysHandsOut) {
    TestDatabase database;
    ManualClock clock;
    ObjectKeys keys(*database, clock, "this process");
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(is_key_of_ours(run(keys.next())));
    for (const char* key :
         {"", "ab", "ab/", "ab000000-0000-4000-8000-000000000001", "ac/ab000000-0000-4000-8000-000000000001",
          "ab/AB000000-0000-4000-8000-000000000001", "ab/ab000000-0000-4000-8000-000000000001.pdf",
          "x/ab/ab000000-0000-4000-8000-000000000001"})
        EXPECT_FALSE(is_key_of_ours(key)) << key;
}

TEST(Reconciliation, IntentsAreListedPageByPage) {
    TestDatabase database;
    ManualClock clock;
    ObjectKeys keys(*database, clock, "this process");
    run(keys.next());
    std::size_t count = 0;
    std::string after;
    while (true) {
        const std::vector<std::string> page = run(list_upload_intents(*database, after, 10));
        if (page.empty()) break;
        EXPECT_LE(page.size(), 10u);
        count += page.size();
        after = page.back();
    }
    EXPECT_EQ(count, 64u);
}

}  // namespace
}  // namespace alma::storage
