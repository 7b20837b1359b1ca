#include "leads/lead_api.hpp"

#include "base/error.hpp"
#include "http/byte_range.hpp"
#include "http/content_disposition.hpp"
#include "http/form.hpp"
#include "http/problem.hpp"
#include "leads/lead_details.hpp"
#include "leads/lead_form.hpp"
#include "leads/lead_json.hpp"
#include "leads/lead_list.hpp"
#include "leads/lead_request.hpp"
#include "leads/lead_store.hpp"
#include "leads/status_field.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>

namespace alma::leads {
namespace {

http::Response answer(const Lead& lead, const http::Request& request) {
    std::string body;
    body.reserve(512);  // most leads take no more
    write_lead(body, lead, request.base_url);
    return http::json_response(http::Status::ok, std::move(body));
}

/// The fields of draft-ietf-httpapi-ratelimit-headers-10: the rule, and what is left of it.
/// Of a sliding window, what is left now is left for the whole window, if nothing more comes.
void add_rate_limit(http::Response& response, limits::Rate rate, const limits::Allowance& allowance) {
    const std::chrono::seconds until =
        allowance.retry_after > std::chrono::seconds(0) ? allowance.retry_after : rate.window;
    response.with("RateLimit-Policy", fmt::format(R"("leads";q={};w={})", rate.count, rate.window.count()));
    response.with("RateLimit", fmt::format(R"("leads";r={};t={})", allowance.remaining, until.count()));
}

http::Response too_many_requests(const http::Request& request, limits::Rate rate,
                                 const limits::Allowance& allowance) {
    const Error error(ErrorKind::rate_limited, "Too many requests. Please try again later.",
                      allowance.retry_after);
    http::Response response = http::problem_from(std::make_exception_ptr(error), request.id);
    add_rate_limit(response, rate, allowance);
    return response;
}

/// A 400 or 413 uses up the rate budget: who sends rubbish, or too slowly, is to slow down, too. Who left a
/// field out is not; and what fails on our side is not the prospect's.
bool uses_budget(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        using enum ErrorKind;
        return error.kind() == invalid || error.kind() == malformed || error.kind() == too_large ||
               error.kind() == timed_out;
    } catch (...) {
        return false;
    }
}

/// A stored object on its way to a client.
class ObjectBody final : public http::BodySource {
public:
    ObjectBody(std::unique_ptr<storage::ObjectReader> reader, std::uint64_t length)
        : reader_(std::move(reader)), length_(length) {}

    awaitable<std::string_view> next() override { return reader_->next(); }
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return length_; }

private:
    std::unique_ptr<storage::ObjectReader> reader_;
    std::uint64_t length_;
};

}  // namespace

LeadApi::LeadApi(Config config, db::Database& db, ResumeSource& resumes, Intake& intake, limits::Limit* limit,
                 WorkerPool& files, const Clock& clock)
    : config_(std::move(config)),
      db_(db),
      resumes_(resumes),
      intake_(intake),
      limit_(limit),
      files_(files),
      clock_(clock) {}

awaitable<Lead> LeadApi::submit(http::Request& request) {
    Submission submission = co_await read_submission(request, config_.spool_directory, files_);
    LeadForm form = co_await check_submission(std::move(submission), files_);
    co_return co_await intake_.submit(std::move(form));
}

awaitable<http::Response> LeadApi::create(http::Request& request) {
    if (!limit_) co_return answer(co_await submit(request), request);

    // Counted before a byte of the body is read: uploads at the same time cannot outrun the limit.
    limits::Hit hit = co_await limit_->hit(limits::source_of(request.client, config_.secret));
    const limits::Allowance allowance = hit.allowance;
    if (!allowance.is_allowed) co_return too_many_requests(request, limit_->rate(), allowance);

    Lead lead;
    std::exception_ptr failure;
    try {
        lead = co_await submit(request);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure && !uses_budget(failure)) {
        co_await limit_->take_back(std::move(hit));
    } else {
        // Nobody has to wait until it is written down.
        const auto loop = co_await asio::this_coro::executor;
        asio::co_spawn(loop, limit_->keep(std::move(hit)), asio::detached);
    }
    if (failure) std::rethrow_exception(failure);
    http::Response response = answer(lead, request);
    add_rate_limit(response, limit_->rate(), allowance);
    co_return response;
}

awaitable<http::Response> LeadApi::list(http::Request& request) {
    const LeadListQuery query = co_await read_lead_list_query(request);
    if (query.limit) co_return co_await list_page(request, query);
    auto body = std::make_unique<LeadListBody>(db_, query.filter, query.after, request.base_url);
    co_await body->fetch();
    http::Response response = http::json_response(http::Status::ok, {});
    response.source = std::move(body);
    co_return response;
}

awaitable<http::Response> LeadApi::list_page(http::Request& request, const LeadListQuery& query) {
    // One more than is shown tells whether there is a next page.
    std::vector<ListedLead> page = co_await list_leads(db_, query.filter, query.after, *query.limit + 1);
    const bool has_next = page.size() > *query.limit;
    if (has_next) page.pop_back();
    std::string body = "[";
    for (const ListedLead& listed : page) {
        if (body.size() > 1) body += ',';
        write_lead(body, listed.lead, request.base_url);
    }
    body += ']';
    http::Response response = http::json_response(http::Status::ok, std::move(body));
    if (has_next)
        response.with("Link", fmt::format(R"(<{}>; rel="next")",
                                          next_page_url(request.base_url, query, page.back().id)));
    co_return response;
}

awaitable<http::Response> LeadApi::get(http::Request& request) {
    const Lead lead = found(co_await find_lead(db_, lead_uuid(request)));
    co_return answer(lead, request);
}

awaitable<http::Response> LeadApi::set_status(http::Request& request, const http::Principal& caller) {
    const http::Form form = co_await http::read_form(request, set_status_operation.body);
    const LeadStatus status = status_in(form);
    const Uuid uuid = lead_uuid(request);
    const Precondition condition = co_await check_if_match(db_, request, uuid);
    if (!condition.is_met) co_return precondition_failed();
    const std::optional<VersionedLead> changed =
        co_await set_lead_status(db_, uuid, status, audit::by(caller), clock_.now(), condition.version);
    if (!changed) co_return co_await refuse_change(db_, uuid);
    http::Response response = answer(changed->lead, request);
    response.with("ETag", etag_of(changed->version));
    co_return response;
}

awaitable<http::Response> LeadApi::download_resume(http::Request& request, const http::Principal& caller) {
    const Uuid uuid = lead_uuid(request);
    const Resume resume = found(co_await find_resume(db_, uuid));
    const std::uint64_t size = co_await resumes_.size_of(resume);
    // A resume never changes, so its lead's id is a strong validator.
    const std::string etag = fmt::format(R"("{}")", to_text(uuid));
    const http::RangeChoice choice = http::choose_range(request, size, etag);
    if (choice.kind == http::RangeChoice::Kind::unsatisfiable) co_return http::range_not_satisfiable(size);

    const bool is_part = choice.kind == http::RangeChoice::Kind::part;
    std::optional<storage::ByteRange> range;
    if (is_part) range = storage::ByteRange{.first = choice.range.first, .last = choice.range.last};
    std::unique_ptr<storage::ObjectReader> reader = co_await resumes_.open(resume, size, range);
    if (request.method != http::Method::head) {
        const audit::Entry entry{.action = audit::Action::resume_read,
                                 .actor = audit::by(caller),
                                 .lead = uuid,
                                 .at = clock_.now()};
        co_await db_.write(audit::record(entry));
    }

    http::Response response;
    response.status = is_part ? http::Status::partial_content : http::Status::ok;
    response.content_type = resume.type;
    response.source = std::make_unique<ObjectBody>(std::move(reader), is_part ? choice.range.length() : size);
    response.with("Content-Disposition", http::attachment_named(resume.name))
        .with("Accept-Ranges", "bytes")
        .with("ETag", etag)
        .with("Cache-Control", "no-store")
        // Should a browser show it in spite of all, it runs nothing.
        .with("Content-Security-Policy", "sandbox; default-src 'none'");
    if (is_part) response.with("Content-Range", http::content_range(choice.range, size));
    co_return response;
}

}  // namespace alma::leads
