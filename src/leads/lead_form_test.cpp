#include "leads/lead_form.hpp"

#include "base/error.hpp"
#include "support/fixture.hpp"
#include "support/lead_submission.hpp"
#include "support/run.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alma::leads {
namespace {

class LeadFormTest : public testing::Test {
protected:
    Submission read(const ASubmission& submission, const std::string& target = "/leads/") {
        http::ARequest request = submission.request(target);
        return run(read_submission(request.request, directory.path(), files));
    }
    LeadForm check(const ASubmission& submission) { return run(check_submission(read(submission), files)); }

    /// "413 File too large...", or "passes".
    std::string verdict(const ASubmission& submission) {
        try {
            check(submission);
            return "passes";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(),
                      error.detail() == file_too_large ? ErrorKind::too_large : ErrorKind::invalid);
            return error.detail();
        }
    }
    std::vector<FieldError> field_errors(const ASubmission& submission) {
        try {
            read(submission);
        } catch (const Error& error) {
            return error.fields();
        }
        return {};
    }

    TemporaryDirectory directory;
    WorkerPool files{"files", 1, 16};
};

TEST_F(LeadFormTest, ACompleteSubmissionBecomesAForm) {
    const LeadForm form = check({});
    EXPECT_EQ(form.first_name, "John");
    EXPECT_EQ(form.last_name, "Doe");
    EXPECT_EQ(form.email, "john@example.com");
    EXPECT_EQ(form.resume_name, "resume.pdf");
    EXPECT_EQ(form.resume_type, "application/pdf");
    EXPECT_EQ(form.resume->head(), "%PDF-1.7\n1 0 obj\n");
}

TEST_F(LeadFormTest, TextsMayComeAsQueryParameters) {
    const Submission submission =
        read({.first_name = {}, .last_name = {}, .email = {}},
             "/leads/?first_name=%C5%81ukasz&last_name=O%27Neil&email=a%40b.example");
    EXPECT_EQ(submission.fields["first_name"], "Łukasz");
    EXPECT_EQ(submission.fields["last_name"], "O'Neil");
    EXPECT_EQ(submission.fields["email"], "a@b.example");
}

TEST_F(LeadFormTest, EveryMissingFieldIsNamedAtOnce) {
    const std::vector<FieldError> errors =
        field_errors({.first_name = {}, .last_name = {}, .email = {}, .file_name = {}});
    ASSERT_EQ(errors.size(), 4u);
    EXPECT_EQ(errors[0].location, (std::vector<std::string>{"body", "first_name"}));
    EXPECT_EQ(errors[3].location, (std::vector<std::string>{"body", "resume"}));
    for (const FieldError& error : errors) {
        EXPECT_EQ(error.type, "missing");
        EXPECT_EQ(error.message, "Field required");
    }
}

TEST_F(LeadFormTest, NamesHave1To200CharactersAndNoControlCharacters) {
    std::string name;
    for (int i = 0; i < 200; ++i)
        name += "伟";
    EXPECT_EQ(verdict({.first_name = name, .last_name = name}), "passes");
    EXPECT_EQ(field_errors({.first_name = name + "x"}).at(0).type, "string_too_long");
    EXPECT_EQ(field_errors({.last_name = ""}).at(0).type, "missing");
    EXPECT_EQ(field_errors({.last_name = "John\r\nBcc: x"}).at(0).type, "value_error");
}

TEST_F(LeadFormTest, EachRuleHasItsText) {
    EXPECT_EQ(verdict({.email = "john"}), "Invalid email format");
    EXPECT_EQ(verdict({.email = "john@example.com\r\nBcc: x@y.z"}), "Invalid email format");
    EXPECT_EQ(verdict({.email = std::string(300, 'a') + "@example.com"}), "Invalid email format");
    EXPECT_EQ(verdict({.file_name = ""}), "No file provided");
    EXPECT_EQ(verdict({.content = ""}), "No file provided");
    EXPECT_EQ(verdict({.file_name = "resume.exe"}),
              "Invalid file type. Allowed types: PDF, DOC, DOCX, TXT, RTF");
    EXPECT_EQ(verdict({.declared_type = "image/png"}),
              "Invalid file type. Allowed types: PDF, DOC, DOCX, TXT, RTF");
    EXPECT_EQ(verdict({.content = "#!/bin/sh\n"}),
              "Invalid file type. Allowed types: PDF, DOC, DOCX, TXT, RTF");
    EXPECT_EQ(verdict({.file_name = "a|b.pdf"}),
              "Invalid file name. Please use a simple filename without special characters.");
}

TEST_F(LeadFormTest, RulesComeInTheOrderOfTheContract) {
    ASubmission all_wrong{.email = "john", .file_name = "", .declared_type = "image/png", .content = ""};
    EXPECT_EQ(verdict(all_wrong), email_refused);
    all_wrong.email = "john@example.com";
    EXPECT_EQ(verdict(all_wrong), file_missing);
    all_wrong.file_name = "a|b.exe";
    all_wrong.content = std::string(max_resume_bytes + 1, '<');
    EXPECT_EQ(verdict(all_wrong), file_too_large);
    all_wrong.content = "<html>";
    EXPECT_EQ(verdict(all_wrong), file_type_refused);
    all_wrong.file_name = "a|b.pdf";
    EXPECT_EQ(verdict(all_wrong), file_type_refused);
    all_wrong.declared_type = "application/pdf";
    EXPECT_EQ(verdict(all_wrong), file_type_refused);
    all_wrong.content = "John";
    EXPECT_EQ(verdict(all_wrong), file_name_refused);
}

TEST_F(LeadFormTest, TenMebibytesPassAndOneByteMoreDoesNot) {
    ASubmission submission{.content = "%PDF-1.7\n" + std::string(max_resume_bytes - 9, 'x')};
    EXPECT_EQ(check(submission).resume->size(), max_resume_bytes);
    submission.content += 'x';
    EXPECT_EQ(verdict(submission), file_too_large);
}

TEST_F(LeadFormTest, ABodyThatIsKnownToBeTooLargeIsNotRead) {
    http::ARequest request = ASubmission().request();
    request.request.content_length = max_submission_bytes + 1;
    request.request.body = nullptr;
    try {
        run(read_submission(request.request, directory.path(), files));
        ADD_FAILURE() << "it was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::too_large);
        EXPECT_EQ(error.detail(), file_too_large);
    }
}

/// A body of unknown length that goes on past the limit of its route.
class EndlessBody final : public http::BodyReader {
public:
    awaitable<std::string_view> next() override {
        if (!is_begun_) {
            is_begun_ = true;
            co_return "--boundary\r\nContent-Disposition: form-data; name=\"first_name\"\r\n\r\nJohn";
        }
        throw Error(ErrorKind::too_large, "Request body too large");
    }

private:
    bool is_begun_ = false;
};

TEST_F(LeadFormTest, ABodyPastTheLimitOfTheRouteIsTooLargeAFile) {
    EndlessBody body;
    http::ARequest request = ASubmission().request();
    request.request.content_length.reset();
    request.request.body = &body;
    try {
        run(read_submission(request.request, directory.path(), files));
        ADD_FAILURE() << "it was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::too_large);
        EXPECT_EQ(error.detail(), file_too_large);
    }
}

TEST_F(LeadFormTest, AResumeIsStoredAsTheTypeOfItsExtension) {
    EXPECT_EQ(check({.declared_type = "application/octet-stream"}).resume_type, "application/pdf");
    EXPECT_EQ(check({.file_name = "resume.DOC", .declared_type = ""}).resume_type, "application/msword");
    EXPECT_EQ(check({.file_name = "r.rtf", .declared_type = "text/rtf", .content = "{\\rtf1}"}).resume_type,
              "application/rtf");
}

TEST_F(LeadFormTest, OnlyTextThatIsUtf8SaysSo) {
    ASubmission text{
        .file_name = "resume.txt", .declared_type = "text/plain; charset=latin1", .content = "Łukasz"};
    EXPECT_EQ(check(text).resume_type, "text/plain; charset=utf-8");
    text.content = "Jos\xE9";
    EXPECT_EQ(check(text).resume_type, "text/plain");
    text.content = std::string(300'000, 'a') + "\xE9";
    EXPECT_EQ(check(text).resume_type, "text/plain") << "also when it lies in a file";
    text.content = std::string(300'000, 'a') + "é";
    EXPECT_EQ(check(text).resume_type, "text/plain; charset=utf-8");
}

TEST_F(LeadFormTest, ALongArchiveIsJudgedByItsEnd) {
    ASubmission submission{
        .file_name = "resume.docx", .declared_type = "", .content = fixture("resume.docx")};
    EXPECT_EQ(verdict(submission), "passes");
    // A long entry in front: the directory of what follows is beyond what is kept in memory.
    submission.content = "PK\3\4" + std::string(400'000, 'x');
    EXPECT_EQ(verdict(submission), file_type_refused);
}

TEST_F(LeadFormTest, NamesOfAnyScriptSurvive) {
    const LeadForm form = check({.first_name = "张伟",
                                 .last_name = "\"><script>",
                                 .file_name = "Łukasz \xE2\x80\xAE"
                                              "fdp.pdf"});
    EXPECT_EQ(form.first_name, "张伟");
    EXPECT_EQ(form.last_name, "\"><script>");
    EXPECT_EQ(form.resume_name,
              "Łukasz \xE2\x80\xAE"
              "fdp.pdf");
}

}  // namespace
}  // namespace alma::leads
