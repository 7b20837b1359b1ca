#include "leads/lead_form.hpp"

#include "base/email_address.hpp"
#include "base/error.hpp"
#include "leads/file_name.hpp"
#include "leads/resume_content.hpp"
#include "leads/resume_type.hpp"

namespace alma::leads {
namespace {

using Kind = http::InputField::Kind;

constexpr std::array own_fields = {
    http::InputField{.name = "first_name", .min_length = 1, .max_length = 200, .example = "John"},
    http::InputField{.name = "last_name", .min_length = 1, .max_length = 200, .example = "Doe"},
    http::InputField{.name = "email", .kind = Kind::email, .example = "john@example.com"},
    http::InputField{
        .name = "resume", .kind = Kind::file, .description = "PDF, DOC, DOCX, TXT or RTF, at most 10 MiB."},
};

[[noreturn]] void refuse(std::string_view detail) {
    throw Error(ErrorKind::invalid, std::string(detail));
}

[[noreturn]] void refuse_size() {
    throw Error(ErrorKind::too_large, std::string(file_too_large));
}

/// Spools the file of a form, and drops it once it is too large: the rest of the form is still worth reading,
/// since other rules come first.
class ResumeSink final : public http::FileSink {
public:
    ResumeSink(std::filesystem::path directory, WorkerPool& files)
        : directory_(std::move(directory)), files_(files) {}

    awaitable<void> begin(std::string_view, std::string file_name, std::string content_type) override {
        upload_ = {};
        upload_.name = std::move(file_name);
        upload_.declared_type = std::move(content_type);
        co_return;
    }

    awaitable<void> write(std::string_view bytes) override {
        if (bytes.empty() || upload_.is_too_large) co_return;
        if (!upload_.content) upload_.content = std::make_unique<storage::Spool>(directory_, files_);
        if (upload_.content->size() + bytes.size() > max_resume_bytes) {
            upload_.is_too_large = true;
            upload_.content.reset();
            co_return;
        }
        co_await upload_.content->append(bytes);
    }

    ResumeUpload take() { return std::move(upload_); }

private:
    std::filesystem::path directory_;
    WorkerPool& files_;
    ResumeUpload upload_;
};

/// What a look at the content tells. The upload travels to the thread that looks and back, so that neither
/// has it taken away by the other's end.
struct Inspected {
    std::unique_ptr<storage::Spool> content;
    bool is_something_else = false;
    std::string media_type;
};

awaitable<Inspected> inspect(std::unique_ptr<storage::Spool> upload, ResumeType type, WorkerPool& files) {
    auto look = [upload = std::move(upload), type]() mutable {
        const ResumeContent content(*upload);
        Inspected inspected;
        inspected.is_something_else = is_something_else(content);
        inspected.media_type = media_type_of(type);
        // Only what is known: a browser shows Latin-1 as garbage when it is told that it is UTF-8.
        if (type == ResumeType::txt && is_utf8(content)) inspected.media_type += "; charset=utf-8";
        inspected.content = std::move(upload);
        return inspected;
    };
    co_return co_await offload(files, std::move(look));
}

}  // namespace

constinit const std::span<const http::InputField> lead_form_fields = own_fields;

awaitable<Submission> read_submission(http::Request& request, std::filesystem::path spool_directory,
                                      WorkerPool& files, std::span<const http::InputField> fields,
                                      http::SentTexts* sent) {
    if (request.content_length > max_submission_bytes) refuse_size();
    ResumeSink sink(std::move(spool_directory), files);
    Submission submission;
    try {
        submission.fields = co_await http::read_form(request, fields, &sink, sent);
    } catch (const Error& error) {
        // Too large for the route is, for the client, too large a file.
        if (error.kind() == ErrorKind::too_large) refuse_size();
        throw;
    }
    submission.resume = sink.take();
    co_return submission;
}

awaitable<LeadForm> check_submission(Submission submission, WorkerPool& files) {
    ResumeUpload& resume = submission.resume;
    if (!is_email_address(submission.fields["email"])) refuse(email_refused);
    if (resume.name.empty() || (!resume.content && !resume.is_too_large)) refuse(file_missing);
    if (resume.is_too_large) refuse_size();
    const std::optional<ResumeType> type = resume_type_of(resume.name);
    if (!type || !is_acceptable_declared_type(resume.declared_type)) refuse(file_type_refused);
    Inspected inspected = co_await inspect(std::move(resume.content), *type, files);
    if (inspected.is_something_else) refuse(file_type_refused);
    if (!is_simple_file_name(resume.name)) refuse(file_name_refused);
    LeadForm form;
    form.first_name = submission.fields["first_name"];
    form.last_name = submission.fields["last_name"];
    form.email = submission.fields["email"];
    form.resume_name = std::move(resume.name);
    form.resume_type = std::move(inspected.media_type);
    form.resume = std::move(inspected.content);
    co_return form;
}

}  // namespace alma::leads
