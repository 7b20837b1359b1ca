#include "http/form.hpp"

#include "base/error.hpp"
#include "http/problem.hpp"
#include "support/http_request.hpp"
#include "support/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace alma::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = InputField::Kind;

constexpr std::array user_fields{
    InputField{.name = "email", .kind = Kind::email},
    InputField{.name = "password", .kind = Kind::password, .min_length = 8, .max_length = 128},
    InputField{.name = "role", .kind = Kind::choice, .is_required = false, .default_value = "ATTORNEY"},
};
constexpr std::array lead_fields{
    InputField{.name = "first_name", .min_length = 1, .max_length = 200},
    InputField{.name = "resume", .kind = Kind::file},
};
constexpr std::array page_fields{
    InputField{.name = "limit",
               .kind = Kind::integer,
               .is_required = false,
               .min_length = 1,
               .max_length = 200,
               .default_value = "50"},
};

struct CollectedFiles : FileSink {
    std::vector<std::string> log;

    awaitable<void> begin(std::string_view field, std::string file_name, std::string content_type) override {
        log.push_back(fmt::format("{}={}:{}:", field, file_name, content_type));
        co_return;
    }
    awaitable<void> write(std::string_view bytes) override {
        log.back() += bytes;
        co_return;
    }
};

ARequest a_post(std::string_view type, std::string body, std::size_t piece = 64 * 1024) {
    ARequest post(Method::post, "/");
    post.with("Content-Type", type).with_body(std::move(body), piece);
    return post;
}
ARequest a_json_post(std::string body) {
    return a_post("application/json", std::move(body));
}

/// The body of the answer to a form that is refused.
std::string refusal(ARequest a, std::span<const InputField> fields, FileSink* files = nullptr) {
    try {
        run(read_form(a.request, fields, files));
    } catch (...) {
        return problem_from(std::current_exception(), "test").body;
    }
    return "accepted";
}
std::string one_error(std::string_view text) {
    return fmt::format(R"({{"detail":[{}]}})", text);
}

std::string multipart_file(std::string_view field, std::string_view file_name, std::string_view content) {
    return fmt::format(
        "--B\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: "
        "text/plain\r\n\r\n{}\r\n",
        field, file_name, content);
}
std::string multipart_text(std::string_view field, std::string_view content) {
    return fmt::format("--B\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", field, content);
}
constexpr std::string_view multipart_type = "multipart/form-data; boundary=B";

TEST(Form, IsTheSameHoweverItIsSent) {
    std::vector<ARequest> requests;
    requests.push_back(a_json_post(R"({"email":"a@b.c","password":"p\u00e4ssword"})"));
    requests.push_back(a_post("application/x-www-form-urlencoded", "email=a%40b.c&password=p%C3%A4ssword"));
    requests.push_back(
        a_post("Application/JSON; charset=utf-8", R"({"email":"a@b.c","password":"pässword"})"));
    requests.push_back(
        a_post(multipart_type,
               multipart_text("email", "a@b.c") + multipart_text("password", "pässword") + "--B--", 3));
    requests.emplace_back(Method::post, "/?email=a@b.c&password=p%C3%A4ssword");
    ARequest untyped(Method::post);
    untyped.with_body(R"({"email":"a@b.c","password":"pässword"})");
    requests.push_back(std::move(untyped));
    for (ARequest& a : requests) {
        const Form form = run(read_form(a.request, user_fields));
        EXPECT_EQ(form["email"], "a@b.c");
        EXPECT_EQ(form["password"], "pässword");
        EXPECT_EQ(form["role"], "ATTORNEY");
        EXPECT_THROW(std::ignore = form["other"], std::logic_error);
    }
}

TEST(Form, PrefersTheBodyToTheQueryAndTheLastValue) {
    ARequest post(Method::post, "/?email=query@b.c&password=from-the-query&password=its-last");
    post.with("Content-Type", "application/x-www-form-urlencoded")
        .with_body("email=first@b.c&email=second@b.c");
    const Form form = run(read_form(post.request, user_fields));
    EXPECT_EQ(form["email"], "second@b.c");
    EXPECT_EQ(form["password"], "its-last");
}

TEST(Form, TakesTheLastOfRepeatedPartsOnly) {
    CollectedFiles files;
    ARequest post =
        a_post(multipart_type,
               multipart_text("first_name", "Ann") + multipart_file("resume", "1.txt", "one") +
                   multipart_text("first_name", "Bob") + multipart_file("resume", "2.txt", "two") + "--B--");
    EXPECT_EQ(run(read_form(post.request, lead_fields, &files))["first_name"], "Bob");
    EXPECT_THAT(files.log, ElementsAre("resume=1.txt:text/plain:one", "resume=2.txt:text/plain:two"));
}

TEST(Form, WhoseLastValueIsEmptyLacksTheField) {
    EXPECT_EQ(refusal(a_post("application/x-www-form-urlencoded", "email=a@b.c&email=&password=12345678"),
                      user_fields),
              one_error(R"({"type":"missing","loc":["body","email"],"msg":"Field required","input":null})"));
}

TEST(Form, WhoseLastResumeIsATextLacksTheFile) {
    CollectedFiles files;
    EXPECT_THAT(refusal(a_post(multipart_type, multipart_text("first_name", "Ann") +
                                                   multipart_file("resume", "1.txt", "one") +
                                                   multipart_text("resume", "text") + "--B--"),
                        lead_fields, &files),
                HasSubstr(R"("loc":["body","resume"])"));
}

TEST(Form, NamesEveryMissingFieldAtOnce) {
    EXPECT_EQ(
        refusal(ARequest(Method::post), user_fields),
        one_error(R"({"type":"missing","loc":["body","email"],"msg":"Field required","input":null},)"
                  R"({"type":"missing","loc":["body","password"],"msg":"Field required","input":null})"));
    EXPECT_EQ(refusal(a_post("application/x-www-form-urlencoded", "email=&password=12345678"), user_fields),
              one_error(R"({"type":"missing","loc":["body","email"],"msg":"Field required","input":null})"));
    EXPECT_THAT(refusal(a_post("text/plain", "email=a@b.c&password=12345678"), user_fields),
                HasSubstr(R"("loc":["body","email"],"msg":"Field required")"));
}

TEST(Form, SaysWhatIsWrongAsPydanticDoes) {
    EXPECT_EQ(
        refusal(a_json_post(R"({"email":5,"password":"12345678"})"), user_fields),
        one_error(
            R"({"type":"string_type","loc":["body","email"],"msg":"Input should be a valid string","input":5})"));
    const std::string name(201, 'x');
    CollectedFiles files;
    EXPECT_EQ(
        refusal(a_post(multipart_type,
                       multipart_text("first_name", name) + multipart_file("resume", "a", "") + "--B--"),
                lead_fields, &files),
        one_error(
            R"({"type":"string_too_long","loc":["body","first_name"],"msg":"String should have at most 200 )"
            R"(characters","input":")" +
            name + R"(","ctx":{"max_length":200}})"));
    constexpr std::array one{InputField{.name = "a", .min_length = 1, .max_length = 1}};
    EXPECT_EQ(
        refusal(a_json_post(R"({"a":""})"), one),
        one_error(
            R"({"type":"string_too_short","loc":["body","a"],"msg":"String should have at least 1 character",)"
            R"("input":"","ctx":{"min_length":1}})"));
    EXPECT_EQ(
        refusal(ARequest(Method::post, "/?a=xy"), one),
        one_error(
            R"({"type":"string_too_long","loc":["query","a"],"msg":"String should have at most 1 character",)"
            R"("input":"xy","ctx":{"max_length":1}})"));
}

TEST(Form, CountsCharactersNotBytes) {
    std::string name;
    for (int i = 0; i < 200; ++i)
        name += "张";
    CollectedFiles files;
    ARequest post = a_post(multipart_type,
                           multipart_text("first_name", name) + multipart_file("resume", "a", "") + "--B--");
    EXPECT_EQ(run(read_form(post.request, lead_fields, &files))["first_name"], name);
}

TEST(Form, KeepsAtMostWhatATextMayHold) {
    CollectedFiles files;
    const std::string body =
        multipart_text("first_name", std::string(1 << 20, 'x')) + multipart_file("resume", "a", "") + "--B--";
    const std::string answer = refusal(a_post(multipart_type, body), lead_fields, &files);
    EXPECT_THAT(answer, HasSubstr("string_too_long"));
    EXPECT_LT(answer.size(), 2000u);
}

TEST(Form, NeverRepeatsAPassword) {
    EXPECT_EQ(refusal(a_json_post(R"({"email":"a@b.c","password":"hunter2"})"), user_fields).find("hunter2"),
              std::string::npos);
    EXPECT_EQ(refusal(a_json_post(R"({"email":"a@b.c","password":7654321})"), user_fields).find("7654321"),
              std::string::npos);
}

TEST(Form, RefusesControlCharactersAndBrokenTextInNames) {
    for (const std::string_view value : {"a%00b", "a%0D%0Ab", "a%7F", "%E2%80%A8", "%FF", "%C0%80"}) {
        const std::string answer =
            refusal(ARequest(Method::post, fmt::format("/?first_name={}", value)), lead_fields);
        EXPECT_THAT(answer, HasSubstr(R"("type":"value_error","loc":["query","first_name"])")) << value;
        EXPECT_THAT(answer, HasSubstr(R"("ctx":{"error":{}})"));
    }
}

TEST(Form, LeavesTheEmailAddressToItsHandler) {
    ARequest post(Method::post, "/?email=a%0Ab&password=12345678");
    EXPECT_EQ(run(read_form(post.request, user_fields))["email"], "a\nb");
}

TEST(Form, ReadsIntegersWithinTheirBounds) {
    ARequest ok(Method::get, "/?limit=200");
    EXPECT_EQ(run(read_form(ok.request, page_fields))["limit"], "200");
    ARequest absent(Method::get);
    EXPECT_EQ(run(read_form(absent.request, page_fields))["limit"], "50");
    EXPECT_EQ(
        refusal(ARequest(Method::get, "/?limit=abc"), page_fields),
        one_error(
            R"({"type":"int_parsing","loc":["query","limit"],"msg":"Input should be a valid integer, unable )"
            R"(to parse string as an integer","input":"abc"})"));
    EXPECT_EQ(
        refusal(ARequest(Method::get, "/?limit=0"), page_fields),
        one_error(
            R"({"type":"greater_than_equal","loc":["query","limit"],"msg":"Input should be greater than or )"
            R"(equal to 1","input":"0","ctx":{"ge":1}})"));
    EXPECT_EQ(
        refusal(ARequest(Method::get, "/?limit=201"), page_fields),
        one_error(
            R"({"type":"less_than_equal","loc":["query","limit"],"msg":"Input should be less than or equal )"
            R"(to 200","input":"201","ctx":{"le":200}})"));
    for (const std::string_view bad : {"", "1e2", "1.0", "0x10", " 1", "99999999999999999999", "+-1", "++1"})
        EXPECT_THAT(refusal(ARequest(Method::get, fmt::format("/?limit={}", bad)), page_fields),
                    HasSubstr("int_parsing"))
            << bad;
    EXPECT_THAT(refusal(a_json_post(R"({"limit":true})"), page_fields), HasSubstr("int_type"));
    ARequest json = a_json_post(R"({"limit":7})");
    EXPECT_EQ(run(read_form(json.request, page_fields))["limit"], "7");
}

TEST(JsonForm, SaysWhereItIsBroken) {
    EXPECT_THAT(
        refusal(a_json_post(R"({"email":)"), user_fields),
        HasSubstr(
            R"([{"type":"json_invalid","loc":["body",9],"msg":"JSON decode error","input":{},"ctx":{"error":)"));
    EXPECT_THAT(
        refusal(a_json_post("[1]"), user_fields),
        HasSubstr(
            R"("type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object)"));
    for (const std::string body : {"{} x", "{'a':1}", "{\"email\":\"\xff\"}", "{\"email\":\"a\nb\"}", "nul"})
        EXPECT_THAT(refusal(a_json_post(body), user_fields), HasSubstr("json_invalid")) << body;
}

TEST(JsonForm, BoundsSizeAndDepth) {
    EXPECT_THAT(refusal(a_json_post(std::string(128 * 1024 + 1, ' ')), user_fields), HasSubstr("too large"));
    const auto nested = [](int depth) {
        return R"({"email":"a@b.c","password":"12345678","x":)" + std::string(depth, '[') +
               std::string(depth, ']') + "}";
    };
    EXPECT_EQ(refusal(a_json_post(nested(7)), user_fields), "accepted");
    EXPECT_THAT(refusal(a_json_post(nested(8)), user_fields), HasSubstr("json_invalid"));
    EXPECT_THAT(refusal(a_json_post(std::string(60'000, '[')), user_fields), HasSubstr("json_invalid"));
}

TEST(JsonForm, RefusesNumbersThatCannotBeWrittenAgain) {
    for (const std::string_view number : {"1e999", "-1e999", "[1e999]", R"({"a":1e999})"}) {
        const std::string body = fmt::format(R"({{"email":"a@b.c","password":"12345678","x":{}}})", number);
        EXPECT_THAT(refusal(a_json_post(body), user_fields), HasSubstr("Number out of range")) << number;
    }
    EXPECT_THAT(refusal(a_json_post("[1e999]"), user_fields), HasSubstr("Number out of range"));
}

TEST(JsonForm, RefusesRepeatedNames) {
    EXPECT_THAT(
        refusal(a_json_post(R"({"email":"a@b.c","password":"12345678","\u0065mail":"x@y.z"})"), user_fields),
        HasSubstr("Repeated name"));
    EXPECT_THAT(
        refusal(a_json_post(R"({"email":"a@b.c","password":"12345678","x":[{"a":1,"a":2}]})"), user_fields),
        HasSubstr("Repeated name"));
}

TEST(UrlencodedForm, IsBounded) {
    const std::string_view type = "application/x-www-form-urlencoded";
    EXPECT_THAT(refusal(a_post(type, std::string(128 * 1024 + 1, 'a')), user_fields), HasSubstr("too large"));
    std::string flood;
    for (int i = 0; i < 10'000; ++i)
        flood += "a=1&";
    EXPECT_EQ(refusal(a_post(type, flood), user_fields), R"({"detail":"Too many fields"})");
}

TEST(UrlencodedForm, DoesNotTakeSemicolonsForSeparators) {
    ARequest post = a_post("application/x-www-form-urlencoded", "email=a;password=x&password=100%25%&x");
    const Form form = run(read_form(post.request, std::span(user_fields).first(1)));
    EXPECT_EQ(form["email"], "a;password=x");
}

TEST(MultipartForm, GivesFilesToTheSinkAsTheyArrive) {
    CollectedFiles files;
    const std::string body = multipart_file("other", "o", "ignored") +
                             multipart_file("resume", "cv.txt", "hello\r\nworld") +
                             multipart_text("first_name", "Ann") + "--B--\r\n";
    ARequest post = a_post(multipart_type, body, 5);
    EXPECT_EQ(run(read_form(post.request, lead_fields, &files))["first_name"], "Ann");
    EXPECT_THAT(files.log, ElementsAre("resume=cv.txt:text/plain:hello\r\nworld"));
}

TEST(MultipartForm, LetsTheHandlerJudgeAFileWithoutName) {
    CollectedFiles files;
    ARequest post = a_post(multipart_type,
                           multipart_text("first_name", "Ann") + multipart_file("resume", "", "") + "--B--");
    run(read_form(post.request, lead_fields, &files));
    EXPECT_THAT(files.log, ElementsAre("resume=:text/plain:"));
}

TEST(MultipartForm, RefusesTextForAFileAndAFileForText) {
    CollectedFiles files;
    EXPECT_EQ(
        refusal(a_post(multipart_type,
                       multipart_text("first_name", "Ann") + multipart_text("resume", "abc") + "--B--"),
                lead_fields, &files),
        one_error(
            R"({"type":"value_error","loc":["body","resume"],"msg":"Value error, Expected UploadFile, received: )"
            R"(<class 'str'>","input":"abc","ctx":{"error":{}}})"));
    EXPECT_EQ(
        refusal(a_post(multipart_type, multipart_file("first_name", "a", "Ann") +
                                           multipart_file("resume", "a", "b") + "--B--"),
                lead_fields, &files),
        one_error(
            R"({"type":"string_type","loc":["body","first_name"],"msg":"Input should be a valid string","input":null})"));
}

TEST(MultipartForm, IsMalformedWithoutItsBoundaryOrItsEnd) {
    EXPECT_EQ(refusal(a_post("multipart/form-data", "x"), lead_fields),
              R"({"detail":"Missing boundary in multipart."})");
    EXPECT_EQ(refusal(a_post(multipart_type, multipart_text("first_name", "Ann")), lead_fields),
              R"({"detail":"The form is cut short"})");
}

TEST(SentTexts, AreToldOfAFormThatIsRefusedToo) {
    ARequest post = a_post(multipart_type, multipart_text("first_name", std::string(300, 'x')) +
                                               multipart_text("resume", "no file") + "--B--");
    SentTexts sent;
    EXPECT_THROW(run(read_form(post.request, lead_fields, nullptr, &sent)), Error);
    EXPECT_EQ(sent["first_name"], std::string(300, 'x'));

    ARequest cut_off = a_post(multipart_type, multipart_text("first_name", "Ada") + "--B\r\nbroken");
    EXPECT_THROW(run(read_form(cut_off.request, lead_fields, nullptr, &sent)), Error);
    EXPECT_EQ(sent, (SentTexts{{"first_name", "Ada"}}));
}

TEST(SentTexts, EndWhereTheFirstFileBegins) {
    ARequest post = a_post(multipart_type, multipart_text("first_name", "Ada") +
                                               multipart_file("resume", "a.txt", std::string(100'000, 'x')) +
                                               multipart_text("first_name", "Grace") + "--B--");
    EXPECT_EQ(run(read_texts(post.request, lead_fields, 64 * 1024)), (SentTexts{{"first_name", "Ada"}}));
}

TEST(SentTexts, AreReadNoFurtherThanTold) {
    ARequest post = a_post(multipart_type, multipart_text("other", std::string(2000, 'x')) +
                                               multipart_text("first_name", "Ada") + "--B--");
    EXPECT_EQ(run(read_texts(post.request, lead_fields, 1000)), SentTexts());
    ARequest another = a_post(multipart_type, multipart_text("other", std::string(2000, 'x')) +
                                                  multipart_text("first_name", "Ada") + "--B--");
    EXPECT_EQ(run(read_texts(another.request, lead_fields, 4000)), (SentTexts{{"first_name", "Ada"}}));
}

TEST(SentTexts, OfWhatIsNoFormAreNone) {
    ARequest json = a_json_post(R"({"first_name":"Ada"})");
    EXPECT_EQ(run(read_texts(json.request, lead_fields, 1000)), SentTexts());
    ARequest empty(Method::post);
    EXPECT_EQ(run(read_texts(empty.request, lead_fields, 1000)), SentTexts());
}

}  // namespace
}  // namespace alma::http
