#include "mail/failed_email_bulk_api.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "http/form.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/system_error.hpp>

#include <charconv>

namespace alma::mail {
namespace {

enum class BulkResult { sent, failed, deleted, not_found, busy };
BOOST_DESCRIBE_ENUM(BulkResult, sent, failed, deleted, not_found, busy)

/// As the API shows it: the members are its JSON keys.
struct BulkOutcome {
    std::int64_t id = 0;
    BulkResult result = BulkResult::busy;
    std::optional<std::string> detail;  ///< of what did not happen: why
};
BOOST_DESCRIBE_STRUCT(BulkOutcome, (), (id, result, detail))

constexpr std::string_view no_time = "There was no time for it. Please try again.";

constexpr std::array encodings = {http::Encoding::json};
constexpr std::array fields = {http::InputField{.name = "ids",
                                                .kind = http::InputField::Kind::list,
                                                .min_length = 1,
                                                .max_length = 200,
                                                .description = "The failed emails.",
                                                .example = "7"}};

std::vector<std::int64_t> ids_in(const http::Form& form) {
    std::vector<std::int64_t> ids;
    for (const std::string& digits : form.list("ids"))
        std::from_chars(digits.data(), digits.data() + digits.size(), ids.emplace_back());
    return ids;
}

/// What a refusal of one means among many.
BulkOutcome outcome_of(std::int64_t id, const Error& refusal) {
    BulkOutcome outcome{.id = id, .result = BulkResult::failed, .detail = refusal.detail()};
    if (refusal.kind() == ErrorKind::not_found) outcome.result = BulkResult::not_found;
    if (refusal.kind() == ErrorKind::invalid) outcome.result = BulkResult::busy;
    return outcome;
}

BulkOutcome outcome_of(std::int64_t id, Removal removal) {
    switch (removal) {
        case Removal::removed:
            return {.id = id, .result = BulkResult::deleted, .detail = {}};
        case Removal::not_found:
            return {.id = id, .result = BulkResult::not_found, .detail = std::string(no_such_failed_email)};
        case Removal::under_way:
            break;
    }
    return {.id = id, .result = BulkResult::busy, .detail = std::string(resend_under_way)};
}

awaitable<BulkOutcome> resend_one(Resender& resender, std::int64_t id) {
    try {
        std::optional<std::string> error = co_await resender.resend(id);
        const BulkResult result = error ? BulkResult::failed : BulkResult::sent;
        co_return BulkOutcome{.id = id, .result = result, .detail = std::move(error)};
    } catch (const Error& refusal) {
        co_return outcome_of(id, refusal);
    } catch (const boost::system::system_error&) {
        throw;  // the request was cancelled
    } catch (const std::exception& failure) {
        // The others' outcomes must not be lost with this one.
        log::error("mail: a resend failed", {{"failed_email", id}, {"error", failure.what()}});
        co_return BulkOutcome{.id = id, .result = BulkResult::failed, .detail = "Internal Server Error"};
    }
}

/// The outcomes, filled in by workers that take the next one each.
struct Work {
    std::vector<BulkOutcome> outcomes;
    std::chrono::steady_clock::time_point end;
    std::size_t next = 0;
};

awaitable<void> resend_next_ones(Resender& resender, Work& work) {
    while (work.next < work.outcomes.size() && std::chrono::steady_clock::now() < work.end) {
        BulkOutcome& outcome = work.outcomes[work.next++];
        outcome = co_await resend_one(resender, outcome.id);
    }
}

}  // namespace

const http::Operation FailedEmailBulkApi::resend_operation{
    .id = "resend_failed_emails",
    .tag = "Failed emails",
    .summary = "Resend many failed emails",
    .description =
        "As a resend of each, with an outcome for each: `SENT`, `FAILED` (`detail` has the mail server's "
        "words), "
        "`NOT_FOUND`, or `BUSY` (it is being resent already, or there was no time for it: with a mail server "
        "that hangs no further one is begun after 20 seconds).",
    .encodings = encodings,
    .body = fields,
    .answer_schema = "FailedEmailOutcome",
    .answers_array = true,
};

const http::Operation FailedEmailBulkApi::remove_operation{
    .id = "delete_failed_emails",
    .tag = "Failed emails",
    .summary = "Delete many failed emails",
    .description =
        "All in one transaction, with an outcome for each: `DELETED`, `NOT_FOUND`, or `BUSY` while it is "
        "being "
        "resent.",
    .encodings = encodings,
    .body = fields,
    .answer_schema = "FailedEmailOutcome",
    .answers_array = true,
};

std::vector<http::Schema> FailedEmailBulkApi::schemas() {
    static constexpr std::string_view outcome = R"({
        "type": "object",
        "required": ["id", "result", "detail"],
        "properties": {
            "id": {"type": "integer", "format": "int64"},
            "result": {"type": "string", "enum": ["SENT", "FAILED", "DELETED", "NOT_FOUND", "BUSY"]},
            "detail": {"type": ["string", "null"], "description": "Of what did not happen: why."}
        }
    })";
    std::vector<http::Schema> schemas;
    schemas.push_back({.name = "FailedEmailOutcome", .schema = boost::json::parse(outcome).as_object()});
    return schemas;
}

awaitable<http::Response> FailedEmailBulkApi::resend(http::Request& request) {
    using namespace asio::experimental::awaitable_operators;
    const http::Form form = co_await http::read_form(request, fields);
    Work work{.outcomes = {}, .end = std::chrono::steady_clock::now() + longest_};
    for (const std::int64_t id : ids_in(form))
        work.outcomes.push_back({.id = id, .result = BulkResult::busy, .detail = std::string(no_time)});
    // Two at a time: some connections to the mail server are left for what arrives meanwhile.
    awaitable<void> one = resend_next_ones(resender_, work);
    awaitable<void> other = resend_next_ones(resender_, work);
    co_await (std::move(one) && std::move(other));
    co_return http::json_response(http::Status::ok, to_json(work.outcomes));
}

awaitable<http::Response> FailedEmailBulkApi::remove(http::Request& request) {
    const http::Form form = co_await http::read_form(request, fields);
    const std::vector<std::int64_t> ids = ids_in(form);
    const std::vector<Removal> removals = co_await remove_failed_emails(db_, ids, clock_.now());
    std::vector<BulkOutcome> outcomes;
    for (std::size_t i = 0; i < ids.size(); ++i)
        outcomes.push_back(outcome_of(ids[i], removals[i]));
    co_return http::json_response(http::Status::ok, to_json(outcomes));
}

}  // namespace alma::mail
