#include "leads/lead_list.hpp"

#include "base/error.hpp"
#include "support/http_request.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"
#include "support/unreliable_database.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace alma::leads {
namespace {

using testing::ElementsAre;

TEST(LeadListCursor, ComesBackAsTheIdItWasMadeOf) {
    for (const std::int64_t id :
         {std::int64_t{1}, std::int64_t{500}, std::numeric_limits<std::int64_t>::max()})
        EXPECT_EQ(parse_cursor(to_cursor(id)), id);
}

TEST(LeadListCursor, NothingElseIsOne) {
    for (const char* text : {"", "1", "AAAAAAAAAAA", "__________8", "AAAAAAAAAAE=", "AAAAAAAAAAF",
                             "AAAAAAAAAA", "AAAAAAAAAAEA", "AAAAAAAAA/E", "' OR 1=1 --"})
        EXPECT_FALSE(parse_cursor(text)) << text;
}

LeadListQuery read(const std::string& query) {
    http::ARequest request(http::Method::get, "/leads/?" + query);
    return run(read_lead_list_query(request.request));
}

/// "limit less_than_equal", or nothing when all is well.
std::string complaint(const std::string& query) {
    try {
        read(query);
        return {};
    } catch (const Error& error) {
        EXPECT_EQ(error.fields().size(), 1u);
        EXPECT_EQ(error.fields()[0].location[0], "query");
        return error.fields()[0].location[1] + " " + error.fields()[0].type;
    }
}

TEST(LeadListQuery, WithoutParametersMeansAllOldestFirst) {
    const LeadListQuery query = read("");
    EXPECT_FALSE(query.limit);
    EXPECT_FALSE(query.after);
    EXPECT_FALSE(query.filter.status);
    EXPECT_EQ(query.filter.text, "");
    EXPECT_FALSE(query.filter.is_newest_first);
}

TEST(LeadListQuery, ReadsEveryParameter) {
    const LeadListQuery query =
        read("limit=200&status=REACHED_OUT&q=d%C3%B6&sort=-created_at&cursor=" + to_cursor(7));
    EXPECT_EQ(query.limit, 200u);
    EXPECT_EQ(query.after, 7);
    EXPECT_EQ(query.filter.status, LeadStatus::reached_out);
    EXPECT_EQ(query.filter.text, "dö");
    EXPECT_TRUE(query.filter.is_newest_first);
}

TEST(LeadListQuery, SpacesAroundAndBetweenTheWordsDoNotCount) {
    EXPECT_EQ(read("q=++john+++doe%20").filter.text, "john doe");
    EXPECT_EQ(read("q=+").filter.text, "");
}

TEST(LeadListQuery, NamesTheParameterThatIsNotValid) {
    EXPECT_EQ(complaint("limit=0"), "limit greater_than_equal");
    EXPECT_EQ(complaint("limit=201"), "limit less_than_equal");
    EXPECT_EQ(complaint("limit=many"), "limit int_parsing");
    EXPECT_EQ(complaint("cursor=x"), "cursor value_error");
    EXPECT_EQ(complaint("status=pending"), "status enum");
    EXPECT_EQ(complaint("sort=email"), "sort enum");
    EXPECT_EQ(complaint("q=" + std::string(201, 'a')), "q string_too_long");
}

TEST(NextPageUrl, KeepsWhatWasAskedFor) {
    LeadListQuery query =
        read("limit=2&status=PENDING&q=a%26b%20%22&sort=-created_at&cursor=" + to_cursor(9));
    const std::string url = next_page_url("https://leads.example.com", query, 7);
    EXPECT_EQ(
        url,
        "https://leads.example.com/leads/?limit=2&status=PENDING&q=a%26b%20%22&sort=-created_at&cursor=" +
            to_cursor(7));
}

class LeadListTest : public testing::Test {
protected:
    Lead insert(const std::string& first, const std::string& last, const std::string& email,
                LeadStatus status = LeadStatus::pending) {
        const Instant now = SystemClock().now();
        const Lead lead{.uuid = random_uuid(),
                        .first_name = first,
                        .last_name = last,
                        .email = email,
                        .status = status,
                        .created_at = now,
                        .updated_at = now};
        run(database->write(
            insert_lead(lead, {.path = "a/b", .name = "r.pdf", .type = "application/pdf", .size = 1})));
        return lead;
    }
    void insert_many(std::size_t count) {
        run(database->write(db::sql(R"(
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
            INSERT INTO leads (uuid, first_name, last_name, email, resume_path, resume_name, resume_type, resume_size,
                               created_at, updated_at)
            SELECT /*postgresql CAST(*/ '00000000-0000-4000-8000-' || substr(CAST(1000000000000 + i AS TEXT), 2)
                   /*postgresql AS uuid)*/, 'First' || i, 'Last', 'p' || i || '@example.com', 'k', 'r.pdf',
                   'application/pdf', 1, '2025-09-26T19:42:27.248539', '2025-09-26T19:42:27.248539' FROM n)",
                                    count)));
    }
    std::vector<std::string> names(LeadFilter filter, std::optional<std::int64_t> after = {},
                                   std::size_t limit = 100) {
        std::vector<std::string> found;
        for (const ListedLead& listed : run(list_leads(*database, std::move(filter), after, limit)))
            found.push_back(listed.lead.first_name);
        return found;
    }
    /// All of the body, and the longest of its pieces.
    std::pair<std::string, std::size_t> drain(LeadListBody& body) {
        return run([&]() -> awaitable<std::pair<std::string, std::size_t>> {
            std::pair<std::string, std::size_t> all;
            while (true) {
                const std::string_view piece = co_await body.next();
                if (piece.empty()) break;
                all.first += piece;
                all.second = std::max(all.second, piece.size());
            }
            co_return all;
        });
    }

    TestDatabase database;
};

TEST_F(LeadListTest, OldestOrNewestComeFirst) {
    for (const char* name : {"A", "B", "C"})
        insert(name, "Doe", "x@example.com");
    EXPECT_THAT(names({}), ElementsAre("A", "B", "C"));
    EXPECT_THAT(names({.is_newest_first = true}), ElementsAre("C", "B", "A"));
}

TEST_F(LeadListTest, PagesGoOnAfterTheLastLeadInBothOrders) {
    for (const char* name : {"A", "B", "C"})
        insert(name, "Doe", "x@example.com");
    const std::vector<ListedLead> first = run(list_leads(*database, {}, {}, 1));
    EXPECT_THAT(names({}, first.back().id), ElementsAre("B", "C"));
    const std::vector<ListedLead> last = run(list_leads(*database, {.is_newest_first = true}, {}, 1));
    EXPECT_THAT(names({.is_newest_first = true}, last.back().id), ElementsAre("B", "A"));
}

TEST_F(LeadListTest, StatusAndTextNarrowIt) {
    insert("Ann", "Doe", "ann@example.com");
    insert("Bob", "Roe", "bob@doe.example", LeadStatus::reached_out);
    insert("100%", "O'Neil_", "c@example.com");
    EXPECT_THAT(names({.status = LeadStatus::reached_out}), ElementsAre("Bob"));
    EXPECT_THAT(names({.text = "DOE"}), ElementsAre("Ann", "Bob"));
    EXPECT_THAT(names({.text = "n d"}), ElementsAre("Ann")) << "the full name";
    EXPECT_THAT(names({.status = LeadStatus::pending, .text = "doe"}), ElementsAre("Ann"));
    EXPECT_THAT(names({.text = "%"}), ElementsAre("100%"));
    EXPECT_THAT(names({.text = "_"}), ElementsAre("100%"));
    EXPECT_THAT(names({.text = "'"}), ElementsAre("100%"));
    EXPECT_THAT(names({.text = "\\"}), ElementsAre());
}

TEST_F(LeadListTest, ABodyWithoutLeadsIsAnEmptyArray) {
    LeadListBody body(*database, {}, {}, "");
    EXPECT_EQ(drain(body).first, "[]");
}

TEST_F(LeadListTest, TenThousandLeadsComeInBoundedPieces) {
    insert_many(10'000);
    LeadListBody body(*database, {}, {}, "http://localhost:8000");
    const auto [text, longest] = drain(body);
    EXPECT_LT(longest, LeadListBody::page_leads * 400);
    const boost::json::array leads = boost::json::parse(text).as_array();
    ASSERT_EQ(leads.size(), 10'000u);
    for (std::size_t i = 0; i < leads.size(); ++i)
        ASSERT_EQ(leads[i].at("first_name").as_string(), "First" + std::to_string(i + 1));
}

TEST_F(LeadListTest, ABodyGoesOnWhereItWasAfterTheDatabaseWasBusy) {
    insert_many(2 * LeadListBody::page_leads);
    UnreliableDatabase unreliable(*database);
    LeadListBody body(unreliable, {}, {}, "");
    run(body.fetch());
    std::string text(run(body.next()));
    unreliable.fail("FROM leads", 1, busy());
    EXPECT_THROW(run(body.next()), Error);
    text += drain(body).first;
    EXPECT_EQ(boost::json::parse(text).as_array().size(), 2 * LeadListBody::page_leads);
}

TEST_F(LeadListTest, ABodyMayEndExactlyWithAPage) {
    insert_many(LeadListBody::page_leads);
    LeadListBody body(*database, {}, {}, "");
    EXPECT_EQ(boost::json::parse(drain(body).first).as_array().size(), LeadListBody::page_leads);
}

TEST_F(LeadListTest, HostileTextsDoNotBreakIt) {
    insert("\"},{\"uuid\":\"", "</script>\\",
           "\xE2\x80\xA8"
           "a@b.example");
    LeadListBody body(*database, {}, {}, "");
    const boost::json::array leads = boost::json::parse(drain(body).first).as_array();
    ASSERT_EQ(leads.size(), 1u);
    EXPECT_EQ(leads[0].at("first_name").as_string(), "\"},{\"uuid\":\"");
    EXPECT_EQ(leads[0].at("last_name").as_string(), "</script>\\");
}

}  // namespace
}  // namespace alma::leads
