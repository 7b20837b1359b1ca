#include "http/conditional.hpp"

#include "support/http_request.hpp"

#include <gtest/gtest.h>

namespace alma::http {
namespace {

bool allows(std::string_view if_match) {
    ARequest request(Method::put);
    request.with("If-Match", if_match);
    return allows_change(request.request, R"("7")");
}

TEST(IfMatch, LetsThroughWhatNamesTheCurrentState) {
    EXPECT_TRUE(allows_change(ARequest(Method::put).request, R"("7")")) << "no condition";
    EXPECT_TRUE(allows(R"("7")"));
    EXPECT_TRUE(allows(R"("6", "7")"));
    EXPECT_TRUE(allows("*"));
}

TEST(IfMatch, RefusesWhatNamesAnother) {
    for (const std::string_view other : {R"("6")", R"(W/"7")", "7", "", R"("77")"})
        EXPECT_FALSE(allows(other)) << other << ": compared strongly";
}

}  // namespace
}  // namespace alma::http
