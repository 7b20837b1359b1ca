#include "form/form_api.hpp"

#include "base/reference.hpp"
#include "leads/lead_store.hpp"
#include "support/lead_submission.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_object_store.hpp"
#include "support/run.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace alma::form {
namespace {

using http::Status;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

std::string header(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) return value;
    }
    return {};
}

/// "value of" the first match of a pattern with one group.
std::string found_in(const std::string& text, const std::string& pattern) {
    std::smatch match;
    return std::regex_search(text, match, std::regex(pattern)) ? match[1].str() : "";
}

/// What a browser sends when the form was filled in.
struct AFilledForm {
    std::string token;
    std::string trap{};
    ASubmission lead{};

    [[nodiscard]] http::ARequest request(const std::string& target = "/apply") const {
        http::ARequest request = lead.request(target);
        request.with_body(part("form_token", token) + part("topic", trap) + lead.body());
        return request;
    }

private:
    static std::string part(const std::string& name, const std::string& value) {
        return "--boundary\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }
};

class FormApiTest : public testing::Test {
protected:
    http::Response get(const std::string& target = "/apply", std::string_view accept_language = "en") {
        http::ARequest request(http::Method::get, target);
        request.with("Accept-Language", accept_language);
        request.request.base_url = "http://localhost:8000";
        return run(api.show(request.request));
    }
    /// The token of a form that was opened long enough ago.
    std::string token() {
        std::string issued = token_of(get());
        clock.advance(least_fill_time);
        return issued;
    }
    static std::string token_of(const http::Response& page) {
        return found_in(page.body, "name=\"form_token\" value=\"([^\"]*)\"");
    }
    http::Response post(const AFilledForm& form, const std::string& target = "/apply") {
        http::ARequest request = form.request(target);
        return run(api.submit(request.request));
    }
    std::int64_t count(std::string_view select) {
        return run(database->read({.sql = select, .params = {}})).front().get<std::int64_t>(0);
    }
    std::int64_t leads() { return count("SELECT count(*) FROM leads"); }
    double trapped(std::string_view trap) {
        for (const prometheus::MetricFamily& family : metrics.Collect()) {
            for (const prometheus::ClientMetric& metric : family.metric) {
                if (metric.label.front().value == trap) return metric.counter.value;
            }
        }
        return -1;
    }

    TemporaryDirectory directory;
    WorkerPool files{"files", 1, 16};
    ManualClock clock;
    TestDatabase database;
    MemoryObjectStore objects;
    storage::ObjectKeys keys{*database, clock, "this process"};
    leads::Intake intake{*database, objects, keys, clock, [] {}};
    std::unique_ptr<limits::Limit> limit = limits::make_limit(
        "leads", {.count = 5, .window = std::chrono::seconds(60)}, limits::Scope::process, clock, *database);
    leads::SubmissionRate rate{limit.get(), "secret"};
    leads::SubmissionKeys submission_keys{"secret", files};
    prometheus::Registry metrics;
    FormApi api{{.firm_name = "Ada & <Sons>",
                 .embed_origins = {"https://www.firm.example", "http://localhost:8080"},
                 .spool_directory = directory.path(),
                 .secret = "secret",
                 .style = "/assets/apply.css",
                 .script = "/assets/apply.js",
                 .icon = "/assets/icon.svg"},
                intake,
                rate,
                submission_keys,
                files,
                clock,
                metrics};
};

TEST_F(FormApiTest, ShowsAnEmptyForm) {
    const http::Response page = get();
    EXPECT_EQ(page.status, Status::ok);
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
    EXPECT_THAT(page.body, StartsWith("<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\">"));
    EXPECT_THAT(page.body, HasSubstr("<h1 dir=\"auto\">Apply to Ada &amp; &lt;Sons&gt;</h1>"));
    EXPECT_THAT(page.body, HasSubstr("action=\"/apply?lang=en\""));
    EXPECT_THAT(page.body, Not(HasSubstr("problem\"")));
    EXPECT_EQ(header(page, "Cache-Control"), "private, no-cache");
}

TEST_F(FormApiTest, SpeaksTheLanguageThatIsWanted) {
    EXPECT_THAT(get("/apply", "es-ES").body, HasSubstr("<html lang=\"es\" dir=\"ltr\">"));
    EXPECT_THAT(get("/apply?lang=es").body, HasSubstr(">Enviar solicitud</button>"));
    EXPECT_THAT(get("/apply?lang=en-x-rtl").body, HasSubstr("<html lang=\"en-x-rtl\" dir=\"rtl\">"));
}

TEST_F(FormApiTest, StoresALeadAndLeadsToTheReference) {
    const http::Response answer = post({.token = token()}, "/apply?lang=es");
    EXPECT_EQ(answer.status, Status::see_other);
    EXPECT_THAT(header(answer, "Location"),
                MatchesRegex("/apply/thank-you\\?reference=[0-9A-F]{4}-[0-9A-F]{4}&lang=es"));
    EXPECT_EQ(header(answer, "RateLimit"), "\"leads\";r=4;t=60");
    EXPECT_EQ(leads(), 1);
    EXPECT_EQ(count("SELECT count(*) FROM outbox"), 2);
    const db::Rows rows = run(database->read(db::sql("SELECT uuid FROM leads")));
    EXPECT_THAT(header(answer, "Location"), HasSubstr(reference_of(rows.front().get<Uuid>(0))));
}

TEST_F(FormApiTest, AFormThatIsSentTwiceIsOneLead) {
    const AFilledForm form{.token = token()};
    const http::Response first = post(form);
    EXPECT_EQ(header(post(form), "Location"), header(first, "Location"));
    EXPECT_EQ(leads(), 1);
    AFilledForm corrected = form;
    corrected.lead.email = "jane@example.com";
    EXPECT_NE(header(post(corrected), "Location"), header(first, "Location"));
    EXPECT_EQ(leads(), 2);
}

TEST_F(FormApiTest, KeepsWhatWasTypedAndSaysWhatIsWrong) {
    const std::string sent_token = token();
    const http::Response page =
        post({.token = sent_token, .lead = {.first_name = "\"><script>alert(1)</script>", .email = "john"}});
    EXPECT_EQ(page.status, Status::bad_request);
    EXPECT_THAT(page.body, HasSubstr("<title>Please check: "));
    EXPECT_THAT(page.body, HasSubstr("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\""));
    EXPECT_THAT(page.body, HasSubstr("value=\"john\""));
    EXPECT_THAT(page.body,
                HasSubstr("<a href=\"#email\">Enter an e-mail address in the form name@example.com</a>"));
    EXPECT_THAT(page.body, HasSubstr("aria-invalid=\"true\" aria-describedby=\"email-problem email-hint\""));
    EXPECT_THAT(page.body, HasSubstr("Please choose your resume again"));
    EXPECT_THAT(page.body, HasSubstr("aria-describedby=\"resume-hint resume-again\""));
    EXPECT_EQ(token_of(page), sent_token) << "it is still the same form";
    EXPECT_EQ(header(page, "Cache-Control"), "") << "no-store, as everywhere";
    EXPECT_EQ(leads(), 0);
}

TEST_F(FormApiTest, NamesAllMissingFieldsAtOnce) {
    AFilledForm form{.token = token()};
    form.lead.first_name = form.lead.last_name = form.lead.email = "";
    form.lead.file_name = {};
    const http::Response page = post(form);
    EXPECT_EQ(page.status, Status::unprocessable_content);
    for (const char* name : {"first_name", "last_name", "email", "resume"})
        EXPECT_THAT(page.body, HasSubstr(fmt::format("<a href=\"#{}\">", name)));
}

TEST_F(FormApiTest, EveryRuleHasItsWords) {
    const auto problem = [this](ASubmission lead) {
        clock.advance(std::chrono::minutes(2));
        return found_in(post({.token = token(), .lead = std::move(lead)}).body,
                        "<a href=\"#[a-z_]*\">([^<]*)</a>");
    };
    EXPECT_THAT(problem({.first_name = std::string(201, 'x')}), HasSubstr("200 characters"));
    EXPECT_THAT(problem({.last_name = "a\x1b[31m"}), HasSubstr("characters that cannot be stored"));
    EXPECT_THAT(problem({.email = std::string(5000, 'x')}), HasSubstr("e-mail address in the form"));
    EXPECT_THAT(problem({.content = ""}), HasSubstr("Choose your resume"));
    EXPECT_THAT(problem({.content = std::string(leads::max_resume_bytes + 1, 'x')}),
                HasSubstr("larger than 10 MB"));
    EXPECT_THAT(problem({.file_name = "resume.exe"}), HasSubstr("must be a PDF"));
    EXPECT_THAT(problem({.content = "<html>"}), HasSubstr("must be a PDF"));
    EXPECT_THAT(problem({.file_name = "a:b.pdf"}), HasSubstr("Rename your resume"));
}

TEST_F(FormApiTest, KeepsTheTextsOfAFormWhoseFileIsFarTooLarge) {
    AFilledForm form{.token = token()};
    form.lead.content = std::string(leads::max_submission_bytes, 'x');
    const http::Response page = post(form);
    EXPECT_EQ(page.status, Status::payload_too_large);
    EXPECT_THAT(page.body, AllOf(HasSubstr("value=\"john@example.com\""), HasSubstr("larger than 10 MB")));
    EXPECT_EQ(header(page, "RateLimit"), "\"leads\";r=4;t=60");
    EXPECT_EQ(token_of(page), form.token);
}

TEST_F(FormApiTest, SharesTheRateOfTheApiAndKeepsTheTexts) {
    const std::string opened = token();
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(post({.token = opened, .lead = {.first_name = std::to_string(i)}}).status,
                  Status::see_other);
    const http::Response page = post({.token = opened});
    EXPECT_EQ(page.status, Status::too_many_requests);
    EXPECT_THAT(page.body, AllOf(HasSubstr("wait 60 seconds"), HasSubstr("value=\"john@example.com\"")));
    EXPECT_EQ(header(page, "Retry-After"), "60");
    EXPECT_EQ(header(page, "RateLimit"), "\"leads\";r=0;t=60");
    EXPECT_EQ(leads(), 5);
}

TEST_F(FormApiTest, AProgramThatFillsInEverythingIsThankedForNothing) {
    const http::Response answer = post({.token = token(), .trap = "cheap pills"});
    EXPECT_EQ(answer.status, Status::see_other);
    EXPECT_THAT(header(answer, "Location"), StartsWith("/apply/thank-you?reference="));
    EXPECT_EQ(leads(), 0);
    EXPECT_EQ(objects.size(), 0u);
    EXPECT_EQ(trapped("honeypot"), 1);
}

TEST_F(FormApiTest, AProgramThatFillsInTooMuchGetsAPageToo) {
    const http::Response page = post({.token = token(), .trap = std::string(5000, 'x')});
    EXPECT_EQ(page.status, Status::unprocessable_content);
    EXPECT_THAT(page.body,
                AllOf(HasSubstr("Please send your application again"), HasSubstr("Something went wrong")));
    EXPECT_EQ(leads(), 0);
}

TEST_F(FormApiTest, WhoeverIsTooFastIsAskedToSendAgain) {
    const std::string opened = token_of(get());
    clock.advance(least_fill_time - std::chrono::microseconds(1));
    const http::Response page = post({.token = opened});
    EXPECT_EQ(page.status, Status::bad_request);
    EXPECT_THAT(page.body,
                AllOf(HasSubstr("faster than we expected"), HasSubstr("value=\"john@example.com\"")));
    clock.advance(std::chrono::microseconds(1));
    EXPECT_EQ(post({.token = token_of(page)}).status, Status::see_other);
    EXPECT_EQ(trapped("too_fast"), 1);
    EXPECT_EQ(leads(), 1);
}

TEST_F(FormApiTest, AFormIsGoodForADay) {
    const std::string opened = token_of(get());
    clock.advance(longest_fill_time);
    EXPECT_EQ(post({.token = opened}).status, Status::see_other);
    clock.advance(std::chrono::microseconds(1));
    const http::Response page = post({.token = opened});
    EXPECT_EQ(page.status, Status::bad_request);
    EXPECT_THAT(page.body, AllOf(HasSubstr("open for too long"), HasSubstr("value=\"john@example.com\"")));
    EXPECT_NE(token_of(page), opened);
    EXPECT_EQ(trapped("expired"), 1);
}

TEST_F(FormApiTest, NothingIsStoredWithoutAToken) {
    for (const char* forged : {"", "1758915747248539.00000000000000000000000000000000.x"})
        EXPECT_EQ(post({.token = forged}).status, Status::bad_request);
    EXPECT_EQ(trapped("no_token"), 2);
    EXPECT_EQ(leads(), 0);
}

TEST_F(FormApiTest, FailuresOfOursAreAPageToo) {
    objects.down = true;
    const http::Response page = post({.token = token()});
    EXPECT_EQ(page.status, Status::service_unavailable);
    EXPECT_EQ(header(page, "Retry-After"), "1");
    EXPECT_THAT(page.body, AllOf(HasSubstr("could not store your application"), HasSubstr("value=\"Doe\"")));
    EXPECT_EQ(header(post({.token = token()}), "RateLimit"), "\"leads\";r=4;t=60")
        << "it costs the prospect nothing";
}

TEST_F(FormApiTest, OnlyTheEmbeddedFormMayBeFramedAndOnlyByTheFirm) {
    EXPECT_THAT(header(get(), "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(header(get(), "Content-Security-Policy"), Not(HasSubstr("unsafe")));
    http::ARequest request(http::Method::get, "/apply/embed");
    const http::Response framed = run(api.show_embedded(request.request));
    EXPECT_THAT(header(framed, "Content-Security-Policy"),
                HasSubstr("frame-ancestors https://www.firm.example http://localhost:8080"));
    EXPECT_THAT(framed.headers, testing::Contains(testing::Pair("X-Frame-Options", "")));
    EXPECT_THAT(framed.body, HasSubstr("action=\"/apply/embed?lang=en\""));
    http::ARequest form = AFilledForm{.token = token()}.request("/apply/embed");
    EXPECT_THAT(header(run(api.submit_embedded(form.request)), "Location"),
                StartsWith("/apply/embed/thank-you?"));
}

TEST_F(FormApiTest, LinksStandBehindThePathOfAProxy) {
    http::ARequest request(http::Method::get, "/apply");
    request.request.base_url = "https://firm.example/intake";
    const http::Response page = run(api.show(request.request));
    EXPECT_THAT(page.body, AllOf(HasSubstr("action=\"/intake/apply?lang=en\""),
                                 HasSubstr("href=\"/intake/assets/apply.css\""),
                                 HasSubstr("src=\"/intake/assets/apply.js\"")));
}

TEST_F(FormApiTest, ThanksWithAReferenceAndWithNothingElse) {
    const auto thanks = [this](const std::string& query) {
        http::ARequest request(http::Method::get, "/apply/thank-you" + query);
        return run(api.thank(request.request));
    };
    EXPECT_THAT(thanks("?reference=550E-8400").body, HasSubstr(">550E-8400</p>"));
    for (const char* other : {"", "?reference=", "?reference=550e-8400", "?reference=550E-84000",
                              "?reference=550E%3C8400", "?reference=call+555-0100"}) {
        const http::Response page = thanks(other);
        EXPECT_EQ(page.status, Status::ok);
        EXPECT_THAT(page.body, Not(HasSubstr("reference-number"))) << other;
    }
}

}  // namespace
}  // namespace alma::form
