#include "http/page.hpp"

#include "base/error.hpp"
#include "support/http_request.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

namespace alma::http {
namespace {

struct Item {
    int id = 0;
};
BOOST_DESCRIBE_STRUCT(Item, (), (id))

Page read(const std::string& query) {
    ARequest request(Method::get, "/list?" + query);
    return run(read_page(request.request));
}

TEST(Page, HasFiftyEntriesFromTheNewestOneUnlessToldOtherwise) {
    EXPECT_EQ(read("").limit, 50u);
    EXPECT_FALSE(read("").before);
    EXPECT_EQ(read("limit=200&cursor=9223372036854775807").limit, 200u);
    EXPECT_EQ(read("limit=1&cursor=7").before, 7);
}

TEST(Page, RefusesWhatIsOutOfRange) {
    for (const char* query :
         {"limit=0", "limit=201", "limit=x", "cursor=0", "cursor=-1", "cursor=9223372036854775808"})
        EXPECT_THROW(read(query), Error) << query;
}

TEST(Page, LinksToTheNextOneWhenThereIsOne) {
    ARequest request(Method::get, "/list");
    request.request.base_url = "https://x.example";
    const Page page{.limit = 2};
    const Response last =
        page_response(request.request, "/list", page, std::vector<Item>{{9}, {8}}, &Item::id);
    EXPECT_EQ(last.body, R"([{"id":9},{"id":8}])");
    EXPECT_TRUE(last.headers.empty());
    const Response first =
        page_response(request.request, "/list", page, std::vector<Item>{{9}, {8}, {7}}, &Item::id);
    EXPECT_EQ(first.body, last.body);
    ASSERT_EQ(first.headers.size(), 1u);
    EXPECT_EQ(first.headers[0].second, R"(<https://x.example/list?limit=2&cursor=8>; rel="next")");
}

}  // namespace
}  // namespace alma::http
