/// Fields of several lines, lists, and texts that may be null.
#include "http/form.hpp"
#include "http/problem.hpp"
#include "support/http_request.hpp"
#include "support/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = InputField::Kind;

constexpr InputField note{.name = "text", .kind = Kind::multiline, .min_length = 1, .max_length = 10};
constexpr InputField ids{.name = "ids", .kind = Kind::list, .min_length = 1, .max_length = 3};
constexpr InputField rows{
    .name = "ids", .kind = Kind::list, .min_length = 1, .max_length = 3, .example = "7"};
constexpr InputField is_active{.name = "is_active", .kind = Kind::boolean, .is_required = false};
constexpr InputField assignee{.name = "assignee", .kind = Kind::email, .is_nullable = true};

ARequest a_post(std::string body) {
    ARequest post(Method::post);
    post.with("Content-Type", "application/json").with_body(std::move(body));
    return post;
}

Form accepted(const InputField& field, std::string body) {
    ARequest post = a_post(std::move(body));
    return run(read_form(post.request, std::span(&field, 1)));
}

std::string refused(const InputField& field, std::string body) {
    ARequest post = a_post(std::move(body));
    try {
        run(read_form(post.request, std::span(&field, 1)));
    } catch (...) {
        return problem_from(std::current_exception(), "test").body;
    }
    return "accepted";
}

TEST(MultilineField, HoldsWhatANameMayNot) {
    EXPECT_EQ(accepted(note, R"({"text":"a\r\n\t\u202e\u2028\u0001"})")["text"], "a\r\n\t\u202e\u2028\x01");
}

TEST(MultilineField, RefusesNulAndWhatIsTooLongOrEmpty) {
    EXPECT_THAT(refused(note, R"({"text":"a\u0000b"})"),
                HasSubstr("Text must not hold the character U+0000"));
    EXPECT_EQ(accepted(note, R"({"text":"0123456789"})")["text"].size(), 10u);
    EXPECT_THAT(refused(note, R"({"text":"0123456789a"})"), HasSubstr("string_too_long"));
    EXPECT_THAT(refused(note, R"({"text":""})"), HasSubstr("string_too_short"));
    EXPECT_THAT(refused(note, R"({"text":null})"), HasSubstr("string_type"));
}

TEST(ListField, HasItsItems) {
    EXPECT_THAT(accepted(ids, R"({"ids":["a","b\n\"","a"]})").list("ids"), ElementsAre("a", "b\n\"", "a"));
}

TEST(ListField, IsBounded) {
    EXPECT_THAT(refused(ids, R"({"ids":[]})"),
                HasSubstr("List should have at least 1 item after validation, not 0"));
    EXPECT_THAT(refused(ids, R"({"ids":["1","2","3","4"]})"),
                HasSubstr("List should have at most 3 items after validation, not 4"));
}

TEST(ListField, RefusesWhatIsNoListOfTexts) {
    for (const char* body : {R"({"ids":"a"})", R"({"ids":{"a":1}})", R"({"ids":null})", R"({"ids":7})"})
        EXPECT_THAT(refused(ids, body), HasSubstr("Input should be a valid list")) << body;
    EXPECT_THAT(refused(ids, R"({"ids":["a",1]})"), HasSubstr("Input should be a valid string"));
    EXPECT_THAT(refused(ids, "{}"), HasSubstr("Field required"));
}

TEST(ListField, OfIdsHasThemInDigits) {
    EXPECT_THAT(accepted(rows, R"({"ids":[7,9223372036854775807,7]})").list("ids"),
                ElementsAre("7", "9223372036854775807", "7"));
}

TEST(ListField, OfIdsTakesIdsAlone) {
    for (const char* item : {R"("7")", "0", "-1", "7.5", "1e300", "9223372036854775808", "null", "[7]"})
        EXPECT_THAT(refused(rows, fmt::format(R"({{"ids":[1,{}]}})", item)), HasSubstr("int_type")) << item;
    EXPECT_THAT(refused(rows, R"({"ids":7})"), HasSubstr("list_type"));
    EXPECT_THAT(refused(rows, R"({"ids":[]})"), HasSubstr("too_short"));
    EXPECT_THAT(refused(rows, R"({"ids":[1,2,3,4]})"), HasSubstr("too_long"));
}

TEST(NullableField, TakesNullForAnEmptyText) {
    EXPECT_EQ(accepted(assignee, R"({"assignee":null})")["assignee"], "");
    EXPECT_EQ(accepted(assignee, R"({"assignee":"a@b.c"})")["assignee"], "a@b.c");
    EXPECT_THAT(refused(assignee, "{}"), HasSubstr("Field required"));
    EXPECT_THAT(refused(assignee, R"({"assignee":7})"), HasSubstr("string_type"));
}

TEST(FieldKinds, ABooleanIsTrueFalseOrNotSent) {
    EXPECT_EQ(accepted(is_active, R"({"is_active":true})")["is_active"], "true");
    EXPECT_EQ(accepted(is_active, R"({"is_active":false})")["is_active"], "false");
    EXPECT_EQ(accepted(is_active, R"({"is_active":"false"})")["is_active"], "false");
    EXPECT_EQ(accepted(is_active, "{}")["is_active"], "");
}

TEST(FieldKinds, WhatIsNoBooleanIsNamed) {
    for (const char* value : {"1", "null", "[true]", "{}"})
        EXPECT_THAT(refused(is_active, fmt::format(R"({{"is_active":{}}})", value)),
                    HasSubstr(R"("msg":"Input should be a valid boolean")"))
            << value;
    for (const char* value : {"yes", "TRUE", "", "1"})
        EXPECT_THAT(refused(is_active, fmt::format(R"({{"is_active":"{}"}})", value)),
                    HasSubstr("bool_parsing"))
            << value;
}

}  // namespace
}  // namespace alma::http
