#include "http/openapi.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <array>

namespace alma::http {
namespace {

namespace json = boost::json;

constexpr std::array fields{
    InputField{.name = "email", .kind = InputField::Kind::email, .description = "Where to answer."},
    InputField{.name = "password", .kind = InputField::Kind::password},
    InputField{.name = "resume", .kind = InputField::Kind::file},
};
constexpr std::array encodings{Encoding::multipart};
constexpr std::array failures{Failure{413, "File too large. Maximum size allowed is 10MB"},
                              Failure{429, "Too many requests."}};
constexpr Operation submit{.id = "submit_lead",
                           .tag = "Leads",
                           .summary = "Submit",
                           .encodings = encodings,
                           .body = fields,
                           .answer_schema = "Lead",
                           .failures = failures};
constexpr Operation list{
    .id = "list_leads", .tag = "Leads", .summary = "List", .answer_schema = "Lead", .answers_array = true};

json::value a_document() {
    const std::vector<Route> routes{
        {Method::post, "/leads/", Access::anyone, 11 * MiB, PublicHandler(), &submit},
        {Method::get, "/leads/{lead_uuid}", Access::admin, 0, AuthenticatedHandler(), &list},
        {Method::get, "/docs", Access::anyone, 0, PublicHandler(), nullptr},
    };
    const std::vector<Schema> schemas{{"Lead", {{"type", "object"}}}};
    return json::parse(openapi_document(routes, schemas, "1.2.3"));
}

TEST(OpenApi, DescribesTheRoutesThatHaveAnOperation) {
    const json::value document = a_document();
    EXPECT_EQ(document.at("openapi"), "3.1.0");
    EXPECT_EQ(document.at("info").at("version"), "1.2.3");
    EXPECT_EQ(document.at("paths").as_object().size(), 2u);
    EXPECT_EQ(document.at_pointer("/paths/~1leads~1/post/operationId"), "submit_lead");
}

TEST(OpenApi, EveryReferenceLeadsSomewhere) {
    const json::value document = a_document();
    const std::string text = json::serialize(document);
    std::size_t count = 0;
    for (std::size_t at = text.find("\"#"); at != std::string::npos; at = text.find("\"#", at + 1), ++count) {
        const std::string pointer = text.substr(at + 2, text.find('"', at + 1) - at - 2);
        json::error_code error;
        EXPECT_NE(document.find_pointer(pointer, error), nullptr) << pointer;
    }
    EXPECT_GT(count, 4u);
}

TEST(OpenApi, DerivesFailuresFromTheRoute) {
    const json::value document = a_document();
    const json::object& get = document.at_pointer("/paths/~1leads~1{lead_uuid}/get/responses").as_object();
    EXPECT_TRUE(get.contains("401"));
    EXPECT_TRUE(get.contains("403"));
    EXPECT_FALSE(get.contains("413"));
    EXPECT_FALSE(get.contains("422"));
    const json::object& post = document.at_pointer("/paths/~1leads~1/post/responses").as_object();
    EXPECT_FALSE(post.contains("401"));
    EXPECT_TRUE(post.contains("422"));
    EXPECT_TRUE(post.contains("429"));
    EXPECT_EQ(post.at("413").at_pointer("/content/application~1json/schema/examples/0/detail"),
              "File too large. Maximum size allowed is 10MB");
}

TEST(OpenApi, LetsOneAuthorizeWithAPasswordOrAToken) {
    const json::value document = a_document();
    EXPECT_EQ(document.at_pointer("/components/securitySchemes/OAuth2PasswordBearer/flows/password/tokenUrl"),
              "/token");
    EXPECT_EQ(document.at_pointer("/components/securitySchemes/BearerToken/scheme"), "bearer");
    EXPECT_EQ(document.at_pointer("/paths/~1leads~1{lead_uuid}/get/security").as_array().size(), 2u);
    EXPECT_FALSE(document.at_pointer("/paths/~1leads~1/post").as_object().contains("security"));
}

TEST(OpenApi, DescribesInputsOnceForBothWays) {
    const json::value document = a_document();
    EXPECT_EQ(document.at_pointer("/components/schemas/Body_submit_lead/required").as_array().size(), 3u);
    const json::array& parameters = document.at_pointer("/paths/~1leads~1/post/parameters").as_array();
    ASSERT_EQ(parameters.size(), 2u) << "files are not sent in a query";
    EXPECT_EQ(parameters[0].at("name"), "email");
    EXPECT_EQ(parameters[0].at("required"), false);
    EXPECT_FALSE(parameters[0].as_object().contains("deprecated"));
    EXPECT_EQ(document.at_pointer("/paths/~1leads~1{lead_uuid}/get/parameters/0/in"), "path");
}

TEST(OpenApi, AdvisesAgainstPasswordsInAQuery) {
    const json::value document = a_document();
    const json::value& password = document.at_pointer("/paths/~1leads~1/post/parameters/1");
    EXPECT_EQ(password.at("name"), "password");
    EXPECT_EQ(password.at("in"), "query");
    EXPECT_EQ(password.at("deprecated"), true);
}

}  // namespace
}  // namespace alma::http
