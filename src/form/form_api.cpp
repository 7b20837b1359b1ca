#include "form/form_api.hpp"

#include "base/error.hpp"
#include "base/reference.hpp"
#include "http/problem.hpp"
#include "http/urlencoded.hpp"

#include <prometheus/family.h>

namespace alma::form {
namespace {

/// Of the texts of a form that is not taken: they come before the file.
constexpr std::size_t max_text_bytes = 64 * 1024;

/// What the form sends: the fields of a lead, and its own two.
const std::vector<http::InputField>& fields() {
    static const std::vector<http::InputField> all = [] {
        std::vector<http::InputField> made(leads::lead_form_fields.begin(), leads::lead_form_fields.end());
        made.push_back({.name = token_field, .is_required = false});
        made.push_back({.name = trap_field, .kind = http::InputField::Kind::multiline, .is_required = false});
        return made;
    }();
    return all;
}

std::string query_parameter(const http::Request& request, std::string_view wanted) {
    for (auto& [name, value] : http::parse_urlencoded(request.query)) {
        if (name == wanted) return std::move(value);
    }
    return {};
}

/// What a proxy that serves us below a path puts before ours: "/intake" of "https://firm.example/intake".
std::string path_of(std::string_view base_url) {
    const std::size_t host = base_url.find("://");
    const std::size_t path = host == std::string_view::npos ? host : base_url.find('/', host + 3);
    return path == std::string_view::npos ? std::string() : std::string(base_url.substr(path));
}

bool is_reference(std::string_view text) {
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
    return text.size() == 9 && text[4] == '-' && std::ranges::all_of(text.substr(0, 4), is_digit) &&
           std::ranges::all_of(text.substr(5), is_digit);
}

std::string policy(std::string_view frame_ancestors) {
    return fmt::format(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'; "
        "frame-ancestors {}",
        frame_ancestors);
}

std::string list_of(const std::vector<std::string>& origins) {
    return origins.empty() ? "'none'" : fmt::format("{}", fmt::join(origins, " "));
}

}  // namespace

FormApi::FormApi(FormConfig config, leads::Intake& intake, leads::SubmissionRate& rate,
                 const leads::SubmissionKeys& keys, WorkerPool& files, const Clock& clock,
                 prometheus::Registry& metrics)
    : config_(std::move(config)),
      tokens_(config_.secret),
      intake_(intake),
      rate_(rate),
      keys_(keys),
      files_(files),
      clock_(clock),
      page_policy_(policy("'none'")),
      frame_policy_(policy(list_of(config_.embed_origins))) {
    auto& traps =
        prometheus::BuildCounter()
            .Name("alma_form_traps_total")
            .Help("Submissions of the form that were not stored, since it seems that a program sent them.")
            .Register(metrics);
    honeypot_ = &traps.Add({{"trap", "honeypot"}});
    too_fast_ = &traps.Add({{"trap", "too_fast"}});
    expired_ = &traps.Add({{"trap", "expired"}});
    no_token_ = &traps.Add({{"trap", "no_token"}});
}

awaitable<http::Response> FormApi::show(http::Request& request) {
    co_return blank_form(request, Place::page);
}
awaitable<http::Response> FormApi::show_embedded(http::Request& request) {
    co_return blank_form(request, Place::frame);
}
awaitable<http::Response> FormApi::submit(http::Request& request) {
    return receive(request, Place::page);
}
awaitable<http::Response> FormApi::submit_embedded(http::Request& request) {
    return receive(request, Place::frame);
}
awaitable<http::Response> FormApi::thank(http::Request& request) {
    co_return thanks(request, Place::page);
}
awaitable<http::Response> FormApi::thank_embedded(http::Request& request) {
    co_return thanks(request, Place::frame);
}

PageContext FormApi::context_of(const http::Request& request, Place place) const {
    const std::string before = path_of(request.base_url);
    return {.language = choose_language(languages(), query_parameter(request, "lang"),
                                        request.header("Accept-Language").value_or("")),
            .firm_name = config_.firm_name,
            .path = before + (place == Place::frame ? "/apply/embed" : "/apply"),
            .assets = before,
            .style = config_.style,
            .script = config_.script,
            .icon = config_.icon,
            .is_embedded = place == Place::frame};
}

http::Response FormApi::page(http::Status status, std::string html, Place place) const {
    http::Response response;
    response.status = status;
    response.content_type = "text/html; charset=utf-8";
    response.body = std::move(html);
    const bool may_be_framed = place == Place::frame && !config_.embed_origins.empty();
    response.with("Content-Security-Policy", may_be_framed ? frame_policy_ : page_policy_)
        .with("Vary", "Accept-Language");
    // It knows no list of origins.
    if (may_be_framed) response.with("X-Frame-Options", "");
    return response;
}

http::Response FormApi::blank_form(const http::Request& request, Place place) const {
    const FormState state{.token = tokens_.issue(clock_.now()), .texts = {}, .problems = {}};
    http::Response response = page(http::Status::ok, form_page(context_of(request, place), state), place);
    // Whoever comes back to it gets the same page, and so the same token: what is sent again is no second
    // lead. There is nothing personal on it.
    response.with("Cache-Control", "private, no-cache");
    return response;
}

awaitable<http::Response> FormApi::receive(http::Request& request, Place place) {
    limits::Hit hit;
    std::exception_ptr refusal;
    try {
        hit = co_await rate_.hit(request);
    } catch (...) {
        refusal = std::current_exception();
    }
    const limits::Allowance allowance = hit.allowance;
    const bool is_counted = !refusal;
    if (!allowance.is_allowed) refusal = leads::too_many_submissions(allowance);

    http::SentTexts sent;
    std::string reference;
    std::exception_ptr failure = refusal;
    if (refusal) {
        sent = co_await http::read_texts(request, fields(), max_text_bytes);
    } else {
        try {
            reference = co_await store(request, sent);
        } catch (...) {
            failure = std::current_exception();
        }
        co_await rate_.settle(std::move(hit), failure);
    }
    http::Response response;
    if (failure) {
        response = form_again(request, place, failure, std::move(sent));
    } else {
        const PageContext context = context_of(request, place);
        response.status = http::Status::see_other;
        response.with("Location", fmt::format("{}/thank-you?reference={}&lang={}", context.path, reference,
                                              context.language.tag));
    }
    if (is_counted) rate_.add_headers(response, allowance);
    co_return response;
}

/// @return the reference
awaitable<std::string> FormApi::store(http::Request& request, http::SentTexts& sent) {
    if (request.content_length > leads::max_submission_bytes) {
        sent = co_await http::read_texts(request, fields(), max_text_bytes);
        throw Error(ErrorKind::too_large, std::string(leads::file_too_large));
    }
    leads::Submission submission =
        co_await leads::read_submission(request, config_.spool_directory, files_, fields(), &sent);
    if (!submission.fields[trap_field].empty()) {
        honeypot_->Increment();
        co_return reference_of(random_uuid());
    }
    std::string nonce = check_token(submission.fields[token_field]);
    leads::LeadForm form = co_await leads::check_submission(std::move(submission), files_);
    co_await keys_.give_by_token(form, std::move(nonce));
    const leads::Lead lead = co_await intake_.submit(std::move(form));
    co_return reference_of(lead.uuid);
}

/// @return the nonce
std::string FormApi::check_token(std::string_view text) const {
    const auto refuse = [](prometheus::Counter* trap, std::string_view detail) {
        trap->Increment();
        throw Error(ErrorKind::invalid, std::string(detail));
    };
    std::optional<FormToken> token = tokens_.read(text);
    if (!token) refuse(no_token_, form_without_token);
    const auto age = clock_.now() - token->issued_at;
    if (age < least_fill_time) refuse(too_fast_, form_too_fast);
    if (age > longest_fill_time) refuse(expired_, form_expired);
    return std::move(token->nonce);
}

http::Response FormApi::form_again(const http::Request& request, Place place,
                                   const std::exception_ptr& failure, http::SentTexts sent) const {
    const http::Response cause = http::problem_from(failure, request.id);
    FormState state{
        .token = sent[std::string(token_field)], .texts = std::move(sent), .problems = problems_of(failure)};
    // The same form goes on where it can: what is sent twice is then still one lead.
    const std::optional<FormToken> token = tokens_.read(state.token);
    if (!token || clock_.now() - token->issued_at > longest_fill_time)
        state.token = tokens_.issue(clock_.now());
    http::Response response = page(cause.status, form_page(context_of(request, place), state), place);
    for (const auto& [name, value] : cause.headers)
        response.with(name, value);
    return response;
}

http::Response FormApi::thanks(const http::Request& request, Place place) const {
    const std::string reference = query_parameter(request, "reference");
    return page(http::Status::ok,
                thank_you_page(context_of(request, place), is_reference(reference) ? reference : ""), place);
}

}  // namespace alma::form
