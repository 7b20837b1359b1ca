#include "leads/lead_api.hpp"

#include "base/error.hpp"
#include "http/byte_range.hpp"
#include "http/content_disposition.hpp"
#include "http/file_source.hpp"
#include "http/form.hpp"
#include "http/problem.hpp"
#include "leads/lead_details.hpp"
#include "leads/lead_export.hpp"
#include "leads/lead_form.hpp"
#include "leads/lead_json.hpp"
#include "leads/lead_list.hpp"
#include "leads/lead_request.hpp"
#include "leads/lead_store.hpp"
#include "leads/status_field.hpp"

#include <exception>

namespace alma::leads {
namespace {

http::Response answer(const Lead& lead, const http::Request& request) {
    std::string body;
    body.reserve(512);  // most leads take no more
    write_lead(body, lead, request.base_url);
    return http::json_response(http::Status::ok, std::move(body));
}

/// All but the assignee.
LeadPageQuery page_query(const LeadListQuery& query) {
    return {.filter = query.filter, .order = query.order, .after = query.after, .view = query.view};
}

/// A stored object on its way to a client.
class ObjectBody final : public http::FileSource {
public:
    ObjectBody(std::unique_ptr<storage::ObjectReader> reader, std::uint64_t length)
        : reader_(std::move(reader)), length_(length) {}

    awaitable<std::string_view> next() override { return reader_->next(); }
    [[nodiscard]] bool can_send() const override { return reader_->can_send(); }
    awaitable<std::optional<std::size_t>> send_to(int socket) override { return reader_->send_to(socket); }
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return length_; }

private:
    std::unique_ptr<storage::ObjectReader> reader_;
    std::uint64_t length_;
};

}  // namespace

LeadApi::LeadApi(std::filesystem::path spool_directory, db::Database& db, ResumeSource& resumes,
                 Intake& intake, SubmissionRate& rate, const SubmissionKeys& keys, WorkerPool& files,
                 const Clock& clock)
    : spool_directory_(std::move(spool_directory)),
      db_(db),
      resumes_(resumes),
      intake_(intake),
      rate_(rate),
      keys_(keys),
      files_(files),
      clock_(clock) {}

awaitable<Lead> LeadApi::submit(http::Request& request) {
    std::optional<std::string> key = idempotency_key_of(request);
    Submission submission = co_await read_submission(request, spool_directory_, files_);
    LeadForm form = co_await check_submission(std::move(submission), files_);
    if (key) co_await keys_.give_by_header(form, std::move(*key));
    co_return co_await intake_.submit(std::move(form));
}

awaitable<http::Response> LeadApi::create(http::Request& request) {
    limits::Hit hit = co_await rate_.hit(request);
    const limits::Allowance allowance = hit.allowance;
    if (!allowance.is_allowed) {
        http::Response refusal = http::problem_from(too_many_submissions(allowance), request.id);
        rate_.add_headers(refusal, allowance);
        co_return refusal;
    }
    Lead lead;
    std::exception_ptr failure;
    try {
        lead = co_await submit(request);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await rate_.settle(std::move(hit), failure);
    if (failure) std::rethrow_exception(failure);
    http::Response response = answer(lead, request);
    rate_.add_headers(response, allowance);
    co_return response;
}

awaitable<http::Response> LeadApi::list(http::Request& request, const http::Principal& caller) {
    const LeadListQuery query = co_await read_lead_list_query(request, lead_list_fields);
    LeadPageQuery page = page_query(query);
    page.filter.assignee = co_await find_assignee_filter(db_, query.assignee, caller.id);
    if (query.limit) co_return co_await list_page(request, query, std::move(page));
    auto body = std::make_unique<LeadListBody>(db_, std::move(page), request.base_url);
    co_await body->fetch();
    http::Response response = http::json_response(http::Status::ok, {});
    response.source = std::move(body);
    co_return response;
}

awaitable<http::Response> LeadApi::list_page(http::Request& request, const LeadListQuery& query,
                                             LeadPageQuery page_query) {
    page_query.limit = *query.limit;
    page_query.wants_total = !query.after;
    const LeadPage page = co_await find_page(db_, std::move(page_query));
    std::string body = "[";
    for (const ListedLead& listed : page.leads) {
        if (body.size() > 1) body += ',';
        write_listed(body, listed, query.view, request.base_url);
    }
    body += ']';
    http::Response response = http::json_response(http::Status::ok, std::move(body));
    if (page.total) response.with("X-Total-Count", std::to_string(*page.total));
    if (page.has_next)
        response.with("Link",
                      fmt::format(R"(<{}>; rel="next")",
                                  next_page_url(request.base_url, query, page.leads.back().position())));
    co_return response;
}

awaitable<http::Response> LeadApi::export_csv(http::Request& request, const http::Principal& caller) {
    const LeadListQuery query = co_await read_lead_list_query(request, lead_export_fields);
    LeadPageQuery page = page_query(query);
    page.view = LeadView::details;
    page.filter.assignee = co_await find_assignee_filter(db_, query.assignee, caller.id);
    const std::optional<OfAssignee> assignee = page.filter.assignee;
    auto body = std::make_unique<LeadCsvBody>(db_, std::move(page));
    co_await body->fetch();
    const Instant now = clock_.now();
    if (request.method != http::Method::head) {
        const audit::Entry entry{.action = audit::Action::leads_exported,
                                 .actor = audit::by(caller),
                                 .details = export_details(query, assignee),
                                 .at = now};
        co_await db_.write(audit::record(entry));
    }
    constexpr std::size_t date = 10;
    http::Response response;
    response.content_type = "text/csv; charset=utf-8; header=present";
    response.source = std::move(body);
    response
        .with("Content-Disposition",
              http::attachment_named(fmt::format("leads-{}.csv", to_text(now).substr(0, date))))
        .with("Cache-Control", "no-store");
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
