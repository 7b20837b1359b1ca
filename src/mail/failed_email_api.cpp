#include "mail/failed_email_api.hpp"

#include "base/error.hpp"
#include "base/json.hpp"

#include <charconv>

namespace alma::mail {
namespace {

constexpr std::size_t page_rows = 100;

struct Message {
    std::string message;
};
BOOST_DESCRIBE_STRUCT(Message, (), (message))

http::Response answer(std::string_view text) {
    return http::json_response(http::Status::ok, to_json(Message{.message = std::string(text)}));
}

/// What is no id is the id of no row.
std::int64_t id_of(const http::Request& request) {
    const std::string& text = request.path_parameter("failed_email_id");
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size() || id <= 0)
        throw Error(ErrorKind::not_found, std::string(no_such_failed_email));
    return id;
}

/// All rows as one JSON array, a page of them in memory at a time.
class FailedEmailList final : public http::BodySource {
public:
    FailedEmailList(db::Database& db, Instant now, std::vector<FailedEmail> first_page)
        : db_(db), now_(now), page_(std::move(first_page)) {}

    awaitable<std::string_view> next() override {
        if (is_at_end_) co_return std::string_view();
        // First, since it may find the database busy: then nothing has happened, and it can be called again.
        const bool is_last = page_.size() < page_rows;
        std::vector<FailedEmail> next_page;
        if (!is_last) next_page = co_await failed_emails_after(db_, page_.back().id, now_, page_rows);
        text_ = is_at_start_ ? "[" : "";
        for (const FailedEmail& email : page_) {
            if (!is_at_start_) text_ += ',';
            is_at_start_ = false;
            alma::write_json(text_, email);
        }
        if (is_last) text_ += ']';
        is_at_end_ = is_last;
        page_ = std::move(next_page);
        co_return text_;
    }

private:
    db::Database& db_;
    Instant now_;
    std::vector<FailedEmail> page_;  // that comes next
    std::string text_;
    bool is_at_start_ = true;
    bool is_at_end_ = false;
};

constexpr http::Failure no_such_row{.status = 404, .detail = no_such_failed_email};
constexpr http::Failure resend_failures[] = {
    {.status = 400, .detail = "Email is not in failed status"},
    no_such_row,
    {.status = 500, .detail = "Failed to resend email: 550 5.1.1 No such user"},
};
constexpr http::Failure remove_failures[] = {no_such_row, {.status = 409, .detail = resend_under_way}};

}  // namespace

const http::Operation FailedEmailApi::list_operation{
    .id = "list_failed_emails",
    .tag = "Failed emails",
    .summary = "List failed emails",
    .description =
        "All notifications of attorneys that no attempt could deliver, oldest first. `error_message` has "
        "the mail server's own words.",
    .encodings = {},
    .body = {},
    .query = {},
    .answer_schema = "FailedEmail",
    .answers_array = true,
    .failures = {}};

const http::Operation FailedEmailApi::resend_operation{
    .id = "resend_failed_email",
    .tag = "Failed emails",
    .summary = "Resend a failed email",
    .description =
        "Sends the notification to the attorneys who are active now, or, when others have it already, to "
        "those of `attorney_emails` who are still active. Answers when the mail server has. The record is "
        "removed when it took the mail for all of them, and kept with the new error for those whom it "
        "refused.",
    .encodings = {},
    .body = {},
    .query = {},
    .answer_schema = "Message",
    .failures = resend_failures};

const http::Operation FailedEmailApi::remove_operation{
    .id = "delete_failed_email",
    .tag = "Failed emails",
    .summary = "Delete a failed email",
    .description = "Removes the record; the mail is not sent any more. Refused while it is being resent.",
    .encodings = {},
    .body = {},
    .query = {},
    .answer_schema = "Message",
    .failures = remove_failures};

std::vector<http::Schema> FailedEmailApi::schemas() {
    using boost::json::array;
    using boost::json::object;
    const object integer{{"type", "integer"}};
    const object text{{"type", "string"}};
    object failed_email{
        {"type", "object"},
        {"required", array{"id", "lead_id", "lead_uuid", "lead_name", "lead_email", "attorney_emails",
                           "error_message", "status", "created_at"}},
        {"properties",
         object{
             {"id", integer},
             {"lead_id", integer},
             {"lead_uuid", object{{"type", "string"}, {"format", "uuid"}}},
             {"lead_name", object{{"type", "string"}, {"examples", array{"John Doe"}}}},
             {"lead_email", object{{"type", "string"}, {"examples", array{"john@example.com"}}}},
             {"attorney_emails",
              object{{"type", "array"}, {"items", text}, {"examples", array{array{"attorney1@law.com"}}}}},
             {"error_message", object{{"type", "string"},
                                      {"examples", array{"535 5.7.8 Username and Password not accepted"}}}},
             {"status", object{{"type", "string"}, {"enum", array{"FAILED", "SENT", "PENDING"}}}},
             {"created_at", object{{"type", "string"}, {"examples", array{"2025-09-26T14:09:27.248539"}}}}}}};
    object message{
        {"type", "object"}, {"required", array{"message"}}, {"properties", object{{"message", text}}}};
    std::vector<http::Schema> schemas;
    schemas.push_back({.name = "FailedEmail", .schema = std::move(failed_email)});
    schemas.push_back({.name = "Message", .schema = std::move(message)});
    return schemas;
}

awaitable<http::Response> FailedEmailApi::list(http::Request&) {
    // The first page is read before the answer begins, so that a database that is down is a clean error.
    const Instant now = clock_.now();
    std::vector<FailedEmail> first_page = co_await failed_emails_after(db_, 0, now, page_rows);
    http::Response response = http::json_response(http::Status::ok, "");
    response.source = std::make_unique<FailedEmailList>(db_, now, std::move(first_page));
    co_return response;
}

awaitable<http::Response> FailedEmailApi::resend(http::Request& request) {
    const std::optional<std::string> error = co_await resender_.resend(id_of(request));
    if (error) throw Error(ErrorKind::upstream_failed, "Failed to resend email: " + *error);
    co_return answer("Email sent successfully and removed from failed emails");
}

awaitable<http::Response> FailedEmailApi::remove(http::Request& request) {
    co_await remove_failed_email(db_, id_of(request), clock_.now());
    co_return answer("Failed email record deleted successfully");
}

}  // namespace alma::mail
