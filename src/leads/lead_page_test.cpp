#include "leads/lead_page.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "leads/assignment.hpp"
#include "leads/eraser.hpp"
#include "leads/lead_store.hpp"
#include "leads/search_index.hpp"
#include "support/insert_user.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_object_store.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace alma::leads {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Strings = std::vector<std::string>;

class LeadPageTest : public testing::Test {
protected:
    struct ALead {
        std::string first_name = "Ann";
        std::string last_name = "Doe";
        std::string email = "x@example.com";
        LeadStatus status = LeadStatus::pending;
    };
    /// One second later than the one before.
    Lead insert(const ALead& given) {
        clock.advance(std::chrono::seconds(1));
        return insert_now(given);
    }
    Lead insert_now(const ALead& given) {
        const Lead lead{.uuid = random_uuid(),
                        .first_name = given.first_name,
                        .last_name = given.last_name,
                        .email = given.email,
                        .status = given.status,
                        .created_at = clock.now(),
                        .updated_at = clock.now()};
        run(database->write(
            insert_lead(lead, {.path = "a/b", .name = "r.pdf", .type = "application/pdf", .size = 1})));
        return lead;
    }
    /// `count` leads, a millisecond apart; every hundredth is REACHED_OUT.
    void insert_many(const std::string& first_name, std::size_t count) {
        run(database->write(db::sql(R"(
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
            INSERT INTO leads (uuid, first_name, last_name, email, resume_path, resume_name, resume_type, resume_size,
                               status, created_at, updated_at)
            SELECT /*postgresql CAST(*/ substr($3, 1, 24) || substr(CAST(1000000000000 + i AS TEXT), 2)
                   /*postgresql AS uuid)*/, $2, 'Last' || i, 'p@example.com', 'k', 'r.pdf',
                   'application/pdf', 1, CASE WHEN i % 100 = 0 THEN 'REACHED_OUT' ELSE 'PENDING' END,
                   /*postgresql CAST(*/ '2025-01-01T00:' || substr(CAST(100 + i / 60000 AS TEXT), 2) || ':'
                   || substr(CAST(100 + i / 1000 % 60 AS TEXT), 2) || '.'
                   || substr(CAST(1000 + i % 1000 AS TEXT), 2) || '000' /*postgresql AS timestamp)*/,
                   '2025-09-26T19:42:27.248539' FROM n)",
                                    count, first_name, to_text(random_uuid()))));
    }
    void index_all() {
        while (run(index_backlog(*database)) > 0) {
        }
    }
    void assign_to(const Lead& lead, std::int64_t user) {
        run(database->write(assign(lead.uuid, {.to = user}, {}, clock.now())));
    }
    LeadPage page(LeadPageQuery query) { return run(find_page(*database, std::move(query))); }
    static Strings names_on(const LeadPage& page) {
        Strings names;
        for (const ListedLead& listed : page.leads)
            names.push_back(listed.details.lead.first_name);
        return names;
    }
    Strings names(const LeadFilter& filter, LeadOrder order = LeadOrder::oldest_first) {
        return names_on(page({.filter = filter, .order = order}));
    }
    std::optional<std::int64_t> total(const LeadFilter& filter, std::size_t limit = 1) {
        return page({.filter = filter, .limit = limit, .wants_total = true}).total;
    }
    /// By pages, as a client does.
    std::vector<std::int64_t> ids(LeadPageQuery query) {
        std::vector<std::int64_t> ids;
        while (true) {
            const LeadPage found = page(query);
            EXPECT_LE(found.leads.size(), query.limit);
            for (const ListedLead& listed : found.leads)
                ids.push_back(listed.id);
            if (!found.has_next) return ids;
            query.after = found.leads.back().position();
        }
    }

    ManualClock clock;
    TestDatabase database;
};

TEST_F(LeadPageTest, OldestOrNewestComeFirst) {
    for (const char* name : {"A", "B", "C"})
        insert({.first_name = name});
    EXPECT_THAT(names({}), ElementsAre("A", "B", "C"));
    EXPECT_THAT(names({}, LeadOrder::newest_first), ElementsAre("C", "B", "A"));
}

TEST_F(LeadPageTest, TheAgeCountsAndNotWhenALeadCameIntoThisDatabase) {
    insert({.first_name = "Native"});
    clock.advance(-std::chrono::years(1));
    insert({.first_name = "Imported"});
    EXPECT_THAT(names({}), ElementsAre("Imported", "Native"));
}

TEST_F(LeadPageTest, PagesShowEachLeadOnceAlsoOfTheSameMicrosecond) {
    for (int i = 0; i < 7; ++i)
        insert_now({});
    for (const LeadOrder order : {LeadOrder::oldest_first, LeadOrder::newest_first}) {
        for (std::size_t limit = 1; limit <= 8; ++limit) {
            for (const char* text : {"", "ann"}) {
                const std::vector<std::int64_t> seen =
                    ids({.filter = {.text = text}, .order = order, .limit = limit});
                EXPECT_EQ(seen.size(), 7u);
                EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 7u);
            }
        }
    }
}

TEST_F(LeadPageTest, EveryFilterNarrowsTheList) {
    const std::int64_t ann = insert_user(*database, {.email = "ann@example.com"});
    const std::int64_t bob = insert_user(*database, {.email = "bob@example.com"});
    insert({.first_name = "A"});
    assign_to(insert({.first_name = "B", .status = LeadStatus::reached_out}), ann);
    assign_to(insert({.first_name = "C"}), ann);
    assign_to(insert({.first_name = "D"}), bob);
    const Instant last = clock.now();
    using std::chrono::seconds;

    EXPECT_THAT(names({.status = LeadStatus::pending}), ElementsAre("A", "C", "D"));
    EXPECT_THAT(names({.assignee = OfAssignee{ann}}), ElementsAre("B", "C"));
    EXPECT_THAT(names({.assignee = OfAssignee{}}), ElementsAre("A"));
    EXPECT_THAT(names({.status = LeadStatus::pending, .assignee = OfAssignee{ann}}), ElementsAre("C"));
    EXPECT_THAT(names({.created_from = last - seconds(1)}), ElementsAre("C", "D"));
    EXPECT_THAT(names({.created_before = last - seconds(1)}), ElementsAre("A", "B"));
    EXPECT_THAT(
        names({.status = LeadStatus::pending, .created_from = last - seconds(2), .created_before = last},
              LeadOrder::newest_first),
        ElementsAre("C"));
    EXPECT_THAT(names({.assignee = OfAssignee{ann}, .created_from = last, .text = "doe"}), IsEmpty());
}

TEST_F(LeadPageTest, TotalsCountWhatTheFilterMeans) {
    EXPECT_EQ(total({}), 0);
    const std::int64_t ann = insert_user(*database, {.email = "ann@example.com"});
    std::vector<Lead> leads;
    for (int i = 0; i < 5; ++i)
        leads.push_back(insert({}));
    assign_to(leads[1], ann);
    run(set_lead_status(*database, leads[2].uuid, LeadStatus::reached_out, {}, clock.now()));
    assign_to(leads[2], ann);
    EXPECT_EQ(total({}), 5);
    EXPECT_EQ(total({.status = LeadStatus::pending}), 4);
    EXPECT_EQ(total({.assignee = OfAssignee{ann}}), 2);
    EXPECT_EQ(total({.assignee = OfAssignee{}}), 3);
    EXPECT_EQ(total({.status = LeadStatus::reached_out, .assignee = OfAssignee{ann}}), 1);
    EXPECT_EQ(total({.created_from = leads[3].created_at}), 2);
    EXPECT_EQ(total({.text = "doe"}), 5);
    EXPECT_EQ(total({.text = "doe"}, 5), 5);
    EXPECT_EQ(total({.status = LeadStatus::reached_out, .text = "doe"}), 1);
    EXPECT_EQ(total({.text = "nobody"}), 0);
    EXPECT_EQ(page({.limit = 1}).total, std::nullopt) << "nobody asked";
}

TEST_F(LeadPageTest, AnErasedLeadIsNeitherFoundNorCounted) {
    MemoryObjectStore objects;
    Eraser eraser(*database, objects, clock);
    const Lead gone = insert({.first_name = "Gone"});
    const Lead unindexed = insert({.first_name = "Gone"});
    insert({.first_name = "Gone", .last_name = "Not"});
    run(catch_up(*database));
    EXPECT_EQ(total({.text = "gone"}), 3);
    EXPECT_TRUE(run(eraser.erase(gone.uuid, {})));
    EXPECT_TRUE(run(eraser.erase(unindexed.uuid, {})));
    EXPECT_THAT(names({.text = "gone"}), ElementsAre("Gone"));
    EXPECT_EQ(total({.text = "gone"}), 1);
    EXPECT_EQ(total({}), 1);
    EXPECT_EQ(select_number(*database, "SELECT count(*) FROM lead_search"), 1);
}

TEST_F(LeadPageTest, ALeadThatIsErasedBeforeItIsIndexedLeavesTheBacklog) {
    MemoryObjectStore objects;
    Eraser eraser(*database, objects, clock);
    EXPECT_TRUE(run(eraser.erase(insert({}).uuid, {})));
    EXPECT_EQ(run(index_backlog(*database)), 1u);
    EXPECT_EQ(run(index_backlog(*database)), 0u);
}

TEST_F(LeadPageTest, ASearchIsBlindForCaseAndAccents) {
    insert({.first_name = "Łukasz", .last_name = "Żółć", .email = "lz@example.pl"});
    insert({.first_name = "Jürgen", .last_name = "MÜLLER", .email = "jm@example.de"});
    insert({.first_name = "伟", .last_name = "张", .email = "zw@example.cn"});
    EXPECT_THAT(names({.text = "lukasz"}), ElementsAre("Łukasz"));
    EXPECT_THAT(names({.text = "ŁUKASZ zolc"}), ElementsAre("Łukasz"));
    EXPECT_THAT(names({.text = "muller"}), ElementsAre("Jürgen"));
    EXPECT_THAT(names({.text = "MÜLL"}), ElementsAre("Jürgen"));
    EXPECT_THAT(names({.text = "张"}), ElementsAre("伟"));
    EXPECT_THAT(names({.text = "伟 张"}), ElementsAre("伟"));
}

TEST_F(LeadPageTest, ASearchLooksAnywhereInNamesAndEmail) {
    insert({.first_name = "Ann", .last_name = "Doe", .email = "ann@example.com"});
    insert({.first_name = "Bob", .last_name = "Roe", .email = "bob@doe.example"});
    insert({.first_name = "100%", .last_name = "O'Neil_", .email = "c@example.com"});
    EXPECT_THAT(names({.text = "DOE"}), ElementsAre("Ann", "Bob"));
    EXPECT_THAT(names({.text = "n d"}), ElementsAre("Ann")) << "the full name";
    EXPECT_THAT(names({.text = "  nn \t do "}), ElementsAre("Ann"));
    EXPECT_THAT(names({.text = "xample.c"}), ElementsAre("Ann", "100%"));
    EXPECT_THAT(names({.text = "00%"}), ElementsAre("100%"));
    EXPECT_THAT(names({.text = "il_"}), ElementsAre("100%"));
    EXPECT_THAT(names({.text = "o'n"}), ElementsAre("100%"));
    EXPECT_THAT(names({.text = "%%%"}), IsEmpty());
    EXPECT_THAT(names({.text = "___"}), IsEmpty());
    EXPECT_THAT(names({.text = "\\"}), IsEmpty());
    EXPECT_THAT(names({.text = "\" OR \"ann"}), IsEmpty());
    EXPECT_THAT(names({.text = "\""}), ElementsAre("Ann", "Bob", "100%")) << "nothing to look for";
}

TEST_F(LeadPageTest, OneOrTwoCharactersAreLookedForWhereWordsBegin) {
    insert({.first_name = "Ann", .last_name = "Doe", .email = "x@example.com"});
    insert({.first_name = "Bo", .last_name = "Tan-Do", .email = "y@example.com"});
    EXPECT_THAT(names({.text = "d"}), ElementsAre("Ann", "Bo"));
    EXPECT_THAT(names({.text = "do"}), ElementsAre("Ann", "Bo"));
    EXPECT_THAT(names({.text = "a"}), ElementsAre("Ann"));
    EXPECT_THAT(names({.text = "nn"}), IsEmpty());
}

TEST_F(LeadPageTest, WhatIsFarAwayIsFoundByTheIndex) {
    // As many as make a difference: the rare ones lie behind the near ones.
    insert({.first_name = "Rare", .status = LeadStatus::reached_out});
    insert_many("Common", searched_near + 500);
    index_all();
    clock.advance(std::chrono::hours(24));
    insert({.first_name = "Rare"});

    for (const LeadOrder order : {LeadOrder::oldest_first, LeadOrder::newest_first}) {
        EXPECT_THAT(names({.text = "rare"}, order), ElementsAre("Rare", "Rare"));
        EXPECT_THAT(names({.status = LeadStatus::reached_out, .text = "rare"}, order), ElementsAre("Rare"));
        EXPECT_THAT(names({.assignee = OfAssignee{}, .text = "ra"}, order), ElementsAre("Rare", "Rare"));
        EXPECT_THAT(names({.created_from = clock.now(), .text = "rare"}, order), ElementsAre("Rare"));
        const auto seen = ids({.filter = {.text = "rare"}, .order = order, .limit = 1});
        EXPECT_EQ(seen.size(), 2u);
    }
    EXPECT_EQ(total({.text = "rare"}), 2);
    EXPECT_EQ(total({.text = "nobody"}), 0);
    EXPECT_EQ(total({.text = "common"}), std::nullopt) << "too many to count for each page";
    EXPECT_EQ(total({.status = LeadStatus::reached_out, .text = "common"}), 45)
        << "among few, they are counted";
    EXPECT_EQ(total({}), searched_near + 502);
}

TEST_F(LeadPageTest, BetweenDatesSomeThousandsAreCounted) {
    insert_many("Common", most_counted + 1);
    const Instant first = parse_instant("2025-01-01T00:00:00.001").value();
    EXPECT_EQ(total({.created_from = first}), std::nullopt);
    EXPECT_EQ(total({.created_from = first + std::chrono::milliseconds(1)}), most_counted);
}

TEST_F(LeadPageTest, ASearchIsRefusedWhileTheIndexIsBuilt) {
    run(database->write(db::sql(R"(
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
        INSERT INTO lead_search_backlog (lead_id) SELECT i FROM n)")));
    EXPECT_EQ(names({}).size(), 0u) << "a list needs no index";
    EXPECT_THROW(page({.filter = {.text = "ann"}}), Error);
    index_all();
    EXPECT_THAT(names({.text = "ann"}), IsEmpty());
}

TEST_F(LeadPageTest, ManyMayIndexAtOnce) {
    for (int i = 0; i < 20; ++i)
        insert({});
    run([&]() -> awaitable<void> {
        const auto loop = co_await asio::this_coro::executor;
        std::vector<std::future<void>> searches;
        for (int i = 0; i < 5; ++i)
            searches.push_back(asio::co_spawn(loop, catch_up(*database), asio::use_future));
        co_await catch_up(*database);
    });
    index_all();
    EXPECT_EQ(total({.text = "ann"}), 20);
    EXPECT_EQ(select_number(*database, "SELECT count(*) FROM lead_search"), 20);
}

TEST_F(LeadPageTest, DetailsComeWithTheList) {
    const std::int64_t ann = insert_user(*database, {.email = "ann@example.com"});
    assign_to(insert({}), ann);
    for (const char* text : {"", "doe"}) {
        const LeadPage found = page({.filter = {.text = text}, .view = LeadView::details});
        ASSERT_EQ(found.leads.size(), 1u);
        EXPECT_EQ(found.leads[0].details.assignee, "ann@example.com");
        EXPECT_EQ(found.leads[0].details.version, 2);
        EXPECT_EQ(found.leads[0].details.resume_name, "r.pdf");
    }
}

/// Against the plainest of models: all leads in memory, filtered and sorted.
TEST_F(LeadPageTest, PagesAreWhatFilteringAllLeadsGives) {
    std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same leads every time
    const auto one_of = [&](const Strings& texts) { return texts[random() % texts.size()]; };
    std::vector<Lead> all;
    for (int i = 0; i < 60; ++i) {
        clock.advance(std::chrono::seconds(random() % 3));
        all.push_back(
            insert_now({.first_name = one_of({"Ann", "Jo", "Joanne"}),
                        .last_name = one_of({"Lee", "Anders", "Deann"}),
                        .status = random() % 2 == 0 ? LeadStatus::pending : LeadStatus::reached_out}));
    }
    for (const char* text : {"", "ann", "joanne lee", "an", "j"}) {
        for (const auto status : {std::optional<LeadStatus>(), std::optional(LeadStatus::pending)}) {
            const std::string wanted = std::string(text).size() < 3 ? std::string(" ") + text : text;
            const auto is_meant = [&](const Lead& lead) {
                const std::string name = ascii_lower(" " + lead.first_name + " " + lead.last_name);
                return (!status || lead.status == *status) && (wanted == " " || name.contains(wanted));
            };
            std::vector<std::int64_t> expected;
            for (std::size_t i = 0; i < all.size(); ++i)
                if (is_meant(all[i])) expected.push_back(static_cast<std::int64_t>(i + 1));
            LeadPageQuery query{.filter = {.status = status, .text = text}, .limit = 1 + random() % 9};
            EXPECT_EQ(ids(query), expected) << text;
            std::ranges::reverse(expected);
            query.order = LeadOrder::newest_first;
            EXPECT_EQ(ids(query), expected) << text;
            EXPECT_EQ(total(query.filter), static_cast<std::int64_t>(expected.size())) << text;
        }
    }
}

}  // namespace
}  // namespace alma::leads
