#include "leads/lead_list.hpp"

#include "base/error.hpp"
#include "leads/lead_store.hpp"
#include "support/http_request.hpp"
#include "support/insert_user.hpp"
#include "support/run.hpp"
#include "support/test_database.hpp"
#include "support/unreliable_database.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace alma::leads {
namespace {

Instant at(std::string_view text) {
    return parse_instant(text).value();
}

const LeadPosition a_position{.created_at = at("2025-09-26T19:42:27.248539"), .id = 7};

TEST(LeadListCursor, ComesBackAsThePositionItWasMadeOf) {
    for (const std::int64_t id :
         {std::int64_t{1}, std::int64_t{500}, std::numeric_limits<std::int64_t>::max()}) {
        for (const char* time :
             {"0001-01-01T00:00:00.000000", "1969-12-31T23:59:59.999999", "2025-09-26T19:42:27.248539"}) {
            const auto position = parse_cursor(to_cursor({.created_at = at(time), .id = id}));
            ASSERT_TRUE(position) << time;
            EXPECT_EQ(position->id, id);
            EXPECT_EQ(position->created_at, at(time));
        }
    }
}

TEST(LeadListCursor, NothingElseIsOne) {
    const std::string cursor = to_cursor(a_position);
    for (const std::string& text :
         {std::string(), std::string("1"), std::string("AAAAAAAAAAE"), std::string("' OR 1=1 --"),
          cursor + "A", cursor + "=", cursor.substr(1), std::string(22, 'A'), std::string(22, '_'),
          to_cursor({.created_at = a_position.created_at, .id = 0}),
          to_cursor({.created_at = a_position.created_at, .id = -1}),
          to_cursor({.created_at = at("0000-12-31T00:00:00"), .id = 1}),
          to_cursor({.created_at = Instant::max(), .id = 1}),
          to_cursor({.created_at = Instant::min(), .id = 1})})
        EXPECT_FALSE(parse_cursor(text)) << text;
}

LeadListQuery read(const std::string& query) {
    http::ARequest request(http::Method::get, "/leads/?" + query);
    return run(read_lead_list_query(request.request, lead_list_fields));
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
    EXPECT_TRUE(query.filter.is_everything());
    EXPECT_EQ(query.assignee, "");
    EXPECT_EQ(query.order, LeadOrder::oldest_first);
    EXPECT_EQ(query.view, LeadView::lead);
}

TEST(LeadListQuery, ReadsEveryParameter) {
    const LeadListQuery query = read(
        "limit=200&status=REACHED_OUT&q=d%C3%B6&sort=-created_at&assignee=Ann@example.com&view=details&"
        "created_from=2025-09-01&created_to=2025-09-30&cursor=" +
        to_cursor(a_position));
    EXPECT_EQ(query.limit, 200u);
    EXPECT_EQ(query.after->id, 7);
    EXPECT_EQ(query.filter.status, LeadStatus::reached_out);
    EXPECT_EQ(query.filter.text, "dö");
    EXPECT_EQ(query.filter.created_from, at("2025-09-01T00:00:00"));
    EXPECT_EQ(query.filter.created_before, at("2025-10-01T00:00:00")) << "the whole day";
    EXPECT_EQ(query.assignee, "Ann@example.com");
    EXPECT_EQ(query.order, LeadOrder::newest_first);
    EXPECT_EQ(query.view, LeadView::details);
}

TEST(LeadListQuery, ATimeIsOneInUtcWithOrWithoutItsZ) {
    const LeadListQuery query = read("created_from=2025-09-26T19:42:27.5Z&created_to=2025-09-26%2020:00:00");
    EXPECT_EQ(query.filter.created_from, at("2025-09-26T19:42:27.500000"));
    EXPECT_EQ(query.filter.created_before, at("2025-09-26T20:00:00"));
}

TEST(LeadListQuery, AnyYearThatCanBeWrittenIsOneForTheDatabase) {
    const LeadListQuery query = read("created_from=0000-01-01&created_to=9999-12-31");
    EXPECT_EQ(query.filter.created_from, at("0001-01-01T00:00:00"));
    EXPECT_EQ(query.filter.created_before, at("9999-12-31T00:00:00"));
}

TEST(LeadListQuery, NamesTheParameterThatIsNotValid) {
    EXPECT_EQ(complaint("limit=0"), "limit greater_than_equal");
    EXPECT_EQ(complaint("limit=201"), "limit less_than_equal");
    EXPECT_EQ(complaint("limit=many"), "limit int_parsing");
    EXPECT_EQ(complaint("cursor=x"), "cursor value_error");
    EXPECT_EQ(complaint("status=pending"), "status enum");
    EXPECT_EQ(complaint("sort=email"), "sort enum");
    EXPECT_EQ(complaint("view=all"), "view enum");
    EXPECT_EQ(complaint("q=" + std::string(201, 'a')), "q string_too_long");
    for (const char* time : {"2025-02-30", "2025", "yesterday", "2025-09-26T", "2025-09-26T25:00:00",
                             "2025-9-26", "2025-09-26T19:42:27%2B02:00", "2025-09-26Z"}) {
        EXPECT_EQ(complaint(std::string("created_from=") + time), "created_from value_error") << time;
        EXPECT_EQ(complaint(std::string("created_to=") + time), "created_to value_error") << time;
    }
}

TEST(LeadListQuery, AnExportHasNoPages) {
    http::ARequest request(http::Method::get, "/leads/export?limit=1&cursor=x&view=all&status=PENDING");
    const LeadListQuery query = run(read_lead_list_query(request.request, lead_export_fields));
    EXPECT_FALSE(query.limit);
    EXPECT_EQ(query.filter.status, LeadStatus::pending);
}

TEST(NextPageUrl, KeepsWhatWasAskedFor) {
    const std::string asked =
        "limit=2&status=PENDING&q=a%26b%20%22&created_from=2025-09-26T00%3A00%3A00.000000&"
        "created_to=2025-09-27T00%3A00%3A00.000000&assignee=a%2Bb%40example.com&sort=-created_at&view="
        "details";
    EXPECT_EQ(next_page_url("https://leads.example.com", read(asked), a_position),
              "https://leads.example.com/leads/?" + asked + "&cursor=" + to_cursor(a_position));
}

class LeadListTest : public testing::Test {
protected:
    void insert(const std::string& first, const std::string& last, const std::string& email) {
        const Instant now = SystemClock().now();
        const Lead lead{.uuid = random_uuid(),
                        .first_name = first,
                        .last_name = last,
                        .email = email,
                        .created_at = now,
                        .updated_at = now};
        run(database->write(
            insert_lead(lead, {.path = "a/b", .name = "r.pdf", .type = "application/pdf", .size = 1})));
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
    std::optional<OfAssignee> assignee(const std::string& text) {
        constexpr std::int64_t caller = 4711;
        return run(find_assignee_filter(*database, text, caller));
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

TEST_F(LeadListTest, AnAssigneeIsTheCallerNobodyOrWhoeverHasTheEmail) {
    const std::int64_t ann = insert_user(*database, {.email = "ann@example.com", .is_active = false});
    EXPECT_FALSE(assignee(""));
    EXPECT_EQ(assignee("me")->user, 4711);
    EXPECT_EQ(assignee("none")->user, std::nullopt);
    EXPECT_EQ(assignee("ANN@example.com")->user, ann) << "also of a deactivated account";
    try {
        assignee("bob@example.com");
        ADD_FAILURE() << "nobody was found";
    } catch (const Error& error) {
        EXPECT_EQ(error.fields().at(0).location[1], "assignee");
    }
}

TEST_F(LeadListTest, ABodyWithoutLeadsIsAnEmptyArray) {
    LeadListBody body(*database, {}, "");
    EXPECT_EQ(drain(body).first, "[]");
}

TEST_F(LeadListTest, TenThousandLeadsComeInBoundedPieces) {
    insert_many(10'000);
    for (const LeadOrder order : {LeadOrder::oldest_first, LeadOrder::newest_first}) {
        LeadListBody body(*database, {.order = order}, "http://localhost:8000");
        const auto [text, longest] = drain(body);
        EXPECT_LT(longest, LeadStream::batch_leads * 400);
        const boost::json::array leads = boost::json::parse(text).as_array();
        ASSERT_EQ(leads.size(), 10'000u);
        for (std::size_t i = 0; i < leads.size(); ++i) {
            const std::size_t number = order == LeadOrder::oldest_first ? i + 1 : leads.size() - i;
            ASSERT_EQ(leads[i].at("first_name").as_string(), "First" + std::to_string(number));
        }
    }
}

TEST_F(LeadListTest, ABodyGoesOnWhereItWasAfterTheDatabaseWasBusy) {
    insert_many(2 * LeadStream::batch_leads);
    for (const LeadOrder order : {LeadOrder::oldest_first, LeadOrder::newest_first}) {
        UnreliableDatabase unreliable(*database);
        LeadListBody body(unreliable, {.order = order}, "");
        run(body.fetch());
        std::string text(run(body.next()));
        unreliable.fail("FROM leads", 1, busy());
        EXPECT_THROW(run(body.next()), Error);
        text += drain(body).first;
        EXPECT_EQ(boost::json::parse(text).as_array().size(), 2 * LeadStream::batch_leads);
    }
}

TEST_F(LeadListTest, ABodyMayEndExactlyWithABatch) {
    insert_many(LeadStream::batch_leads);
    for (const LeadOrder order : {LeadOrder::oldest_first, LeadOrder::newest_first}) {
        LeadListBody body(*database, {.order = order}, "");
        EXPECT_EQ(boost::json::parse(drain(body).first).as_array().size(), LeadStream::batch_leads);
    }
}

TEST_F(LeadListTest, HostileTextsDoNotBreakIt) {
    insert("\"},{\"uuid\":\"", "</script>\\",
           "\xE2\x80\xA8"
           "a@b.example");
    LeadListBody body(*database, {.view = LeadView::details}, "");
    const boost::json::array leads = boost::json::parse(drain(body).first).as_array();
    ASSERT_EQ(leads.size(), 1u);
    EXPECT_EQ(leads[0].at("first_name").as_string(), "\"},{\"uuid\":\"");
    EXPECT_EQ(leads[0].at("last_name").as_string(), "</script>\\");
    EXPECT_TRUE(leads[0].at("assignee").is_null());
}

}  // namespace
}  // namespace alma::leads
