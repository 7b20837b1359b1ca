#include "leads/lead_list.hpp"

#include "base/email_address.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "http/form.hpp"
#include "leads/lead_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace alma::leads {
namespace {

using Kind = http::InputField::Kind;

constexpr auto statuses = enum_texts<LeadStatus>();
constexpr std::string_view oldest_first = "created_at";
constexpr std::string_view newest_first = "-created_at";
constexpr std::array<std::string_view, 2> sort_orders = {oldest_first, newest_first};
constexpr std::string_view details = "details";
constexpr std::array<std::string_view, 1> views = {details};

constexpr std::string_view caller_itself = "me";
constexpr std::string_view nobody = "none";

// What both engines can hold.
constexpr Instant earliest = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr Instant latest = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31);

// The last ones are only of lists that are paged.
constexpr std::array fields = {
    http::InputField{.name = "status",
                     .kind = Kind::choice,
                     .is_required = false,
                     .max_length = 64,
                     .choices = statuses,
                     .description = "Only leads of this status."},
    http::InputField{
        .name = "q",
        .is_required = false,
        .max_length = 200,
        .description = "Only leads whose full name or e-mail holds this text, whatever the case and accents "
                       "of its letters. One or two characters are looked for where words begin.",
        .example = "doe"},
    http::InputField{.name = "created_from",
                     .is_required = false,
                     .max_length = 32,
                     .description = "Only leads that came on this day or later: a date or a time, in UTC.",
                     .example = "2025-09-01"},
    http::InputField{
        .name = "created_to",
        .is_required = false,
        .max_length = 32,
        .description = "Only leads that came before the end of this day, or before this time, in UTC.",
        .example = "2025-09-30"},
    http::InputField{.name = "assignee",
                     .is_required = false,
                     .max_length = 254,
                     .description = "Only the cases of the user with this e-mail, of `me`, or of `none`.",
                     .example = "me"},
    http::InputField{.name = "sort",
                     .kind = Kind::choice,
                     .is_required = false,
                     .max_length = 64,
                     .choices = sort_orders,
                     .default_value = oldest_first,
                     .description = "`created_at`: oldest first; `-created_at`: newest first."},
    http::InputField{.name = "limit",
                     .kind = Kind::integer,
                     .is_required = false,
                     .min_length = 1,
                     .max_length = 200,
                     .description = "Leads per page; without it, all leads come at once.",
                     .example = "50"},
    http::InputField{.name = "cursor",
                     .is_required = false,
                     .max_length = 64,
                     .description = "Where the page begins: from the `Link` header of the page before."},
    http::InputField{.name = "view",
                     .kind = Kind::choice,
                     .is_required = false,
                     .max_length = 64,
                     .choices = views,
                     .description = "`details`: each lead with what the staff keeps about it."},
};
constexpr std::size_t fields_of_pages = 3;

FieldError unknown_choice(std::string_view name, const std::string& value, std::string_view choices) {
    return {.type = "enum",
            .location = {"query", std::string(name)},
            .message = fmt::format("Input should be {}", choices),
            .input = value,
            .context = fmt::format(R"({{"expected":"{}"}})", choices)};
}

FieldError refused(std::string_view name, const std::string& value, std::string_view why) {
    return {.type = "value_error",
            .location = {"query", std::string(name)},
            .message = fmt::format("Value error, {}", why),
            .input = value,
            .context = R"({"error":{}})"};
}

struct TimeOrDay {
    Instant begin;
    Instant end;  ///< of the day; of a time, itself
};

/// "2026-11-30", or a time as the API writes it, with or without a final Z.
std::optional<TimeOrDay> parse_time_or_day(std::string_view text) {
    constexpr std::string_view date = "2026-11-30";
    const bool is_day = text.size() == date.size();
    if (text.ends_with('Z')) text.remove_suffix(1);
    const std::optional<Instant> time =
        parse_instant(is_day ? std::string(text) + "T00:00:00" : std::string(text));
    if (!time) return std::nullopt;
    const Instant end = is_day ? *time + std::chrono::days(1) : *time;
    return TimeOrDay{.begin = std::clamp(*time, earliest, latest), .end = std::clamp(end, earliest, latest)};
}

using Errors = std::vector<FieldError>;

std::optional<LeadStatus> read_status(const http::Form& form, Errors& errors) {
    const std::string& text = form["status"];
    if (text.empty()) return std::nullopt;
    const std::optional<LeadStatus> status = parse_enum<LeadStatus>(text);
    if (!status) errors.push_back(unknown_choice("status", text, "'PENDING' or 'REACHED_OUT'"));
    return status;
}

std::optional<TimeOrDay> read_time(const http::Form& form, std::string_view name, Errors& errors) {
    const std::string& text = form[name];
    if (text.empty()) return std::nullopt;
    const std::optional<TimeOrDay> time = parse_time_or_day(text);
    if (!time) errors.push_back(refused(name, text, "neither a date nor a time: 2025-09-26T19:42:27"));
    return time;
}

LeadFilter read_filter(const http::Form& form, Errors& errors) {
    LeadFilter filter{.status = read_status(form, errors), .text = form["q"]};
    if (const auto from = read_time(form, "created_from", errors)) filter.created_from = from->begin;
    if (const auto to = read_time(form, "created_to", errors)) filter.created_before = to->end;
    return filter;
}

LeadOrder read_order(const http::Form& form, Errors& errors) {
    const std::string& sort = form["sort"];
    if (sort == newest_first) return LeadOrder::newest_first;
    if (sort != oldest_first) errors.push_back(unknown_choice("sort", sort, "'created_at' or '-created_at'"));
    return LeadOrder::oldest_first;
}

std::optional<LeadPosition> read_cursor(const http::Form& form, Errors& errors) {
    const std::string& text = form["cursor"];
    if (text.empty()) return std::nullopt;
    const std::optional<LeadPosition> position = parse_cursor(text);
    if (!position) errors.push_back(refused("cursor", text, "not a cursor of this list"));
    return position;
}

LeadView read_view(const http::Form& form, Errors& errors) {
    const std::string& view = form["view"];
    if (view == details) return LeadView::details;
    if (!view.empty()) errors.push_back(unknown_choice("view", view, "'details'"));
    return LeadView::lead;
}

void append_number(std::string& bytes, std::int64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8)
        bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> shift);
}

std::int64_t number_at(std::string_view bytes, std::size_t begin) {
    std::uint64_t number = 0;
    for (const char byte : bytes.substr(begin, sizeof(number)))
        number = number << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(number);
}

/// A number of ours rather than a time of the client's: it must not name a year that the engines do not have.
bool is_in_range(const LeadPosition& position) {
    return position.id > 0 && position.created_at >= earliest && position.created_at <= latest;
}

}  // namespace

constinit const std::span<const http::InputField> lead_list_fields = fields;
constinit const std::span<const http::InputField> lead_export_fields =
    std::span(fields).first<fields.size() - fields_of_pages>();

std::string to_cursor(const LeadPosition& position) {
    std::string bytes;
    append_number(bytes, position.created_at.time_since_epoch().count());
    append_number(bytes, position.id);
    return to_base64url(bytes);
}

std::optional<LeadPosition> parse_cursor(std::string_view cursor) {
    const std::optional<std::string> bytes = from_base64url(cursor);
    if (!bytes || bytes->size() != 2 * sizeof(std::int64_t)) return std::nullopt;
    const LeadPosition position{.created_at = Instant(Instant::duration(number_at(*bytes, 0))),
                                .id = number_at(*bytes, sizeof(std::int64_t))};
    if (!is_in_range(position)) return std::nullopt;
    return position;
}

awaitable<LeadListQuery> read_lead_list_query(http::Request& request,
                                              std::span<const http::InputField> input) {
    const http::Form form = co_await http::read_form(request, input);
    Errors errors;
    LeadListQuery query{
        .filter = read_filter(form, errors), .assignee = form["assignee"], .order = read_order(form, errors)};
    if (input.size() == lead_list_fields.size()) {
        if (const std::string& limit = form["limit"]; !limit.empty())
            std::from_chars(limit.data(), limit.data() + limit.size(), query.limit.emplace());
        query.after = read_cursor(form, errors);
        query.view = read_view(form, errors);
    }
    if (!errors.empty()) throw Error(std::move(errors));
    co_return query;
}

awaitable<std::optional<OfAssignee>> find_assignee_filter(db::Database& db, std::string assignee,
                                                          std::int64_t caller) {
    if (assignee.empty()) co_return std::nullopt;
    if (assignee == nobody) co_return OfAssignee{};
    if (assignee == caller_itself) co_return OfAssignee{.user = caller};
    // Also of a deactivated account: its cases are what somebody has to take over.
    static constexpr std::string_view select = "SELECT id FROM users WHERE email_folded = $1";
    const db::Rows rows = co_await db.read(db::sql(select, fold_email(assignee)));
    if (rows.empty()) throw Error(std::vector{refused("assignee", assignee, "no user has this e-mail")});
    co_return OfAssignee{.user = rows.front().get<std::int64_t>(0)};
}

std::string next_page_url(std::string_view base_url, const LeadListQuery& query, const LeadPosition& last) {
    const LeadFilter& filter = query.filter;
    std::string url = fmt::format("{}/leads/?", base_url);
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) url += fmt::format("{}={}&", name, percent_encode(value));
    };
    if (query.limit) add("limit", std::to_string(*query.limit));
    if (filter.status) add("status", to_text(*filter.status));
    add("q", filter.text);
    if (filter.created_from) add("created_from", to_text(*filter.created_from));
    if (filter.created_before) add("created_to", to_text(*filter.created_before));
    add("assignee", query.assignee);
    if (query.order == LeadOrder::newest_first) add("sort", newest_first);
    if (query.view == LeadView::details) add("view", details);
    return url + "cursor=" + to_cursor(last);
}

LeadStream::LeadStream(db::Database& db, LeadPageQuery query)
    : db_(db),
      query_(std::move(query)),
      is_everything_(query_.filter.is_everything() && query_.order == LeadOrder::oldest_first &&
                     !query_.after && query_.view == LeadView::lead) {
    query_.limit = batch_leads;
}

awaitable<std::vector<ListedLead>> LeadStream::next() {
    if (is_complete_) co_return std::vector<ListedLead>();
    if (is_everything_) co_return co_await next_stored();
    LeadPage page = co_await find_page(db_, query_);
    is_complete_ = !page.has_next;
    if (!page.leads.empty()) query_.after = page.leads.back().position();
    co_return std::move(page.leads);
}

awaitable<std::vector<ListedLead>> LeadStream::next_stored() {
    std::vector<ListedLead> leads = co_await list_stored(db_, last_stored_, batch_leads);
    is_complete_ = leads.size() < batch_leads;
    if (!leads.empty()) last_stored_ = leads.back().id;
    co_return leads;
}

awaitable<void> LeadStreamBody::fetch() {
    const std::vector<ListedLead> leads = co_await leads_.next();
    text_.clear();
    for (const ListedLead& lead : leads)
        write(text_, lead);
    is_complete_ = leads.size() < LeadStream::batch_leads;
    if (is_complete_) finish(text_);
    is_fetched_ = true;
}

awaitable<std::string_view> LeadStreamBody::next() {
    if (!is_fetched_) {
        if (is_complete_) co_return std::string_view();
        co_await fetch();
    }
    is_fetched_ = false;
    co_return text_;
}

LeadListBody::LeadListBody(db::Database& db, LeadPageQuery query, std::string base_url)
    : LeadStreamBody(LeadStream(db, query)), view_(query.view), base_url_(std::move(base_url)) {}

void LeadListBody::write(std::string& out, const ListedLead& lead) {
    out += is_first_ ? '[' : ',';
    is_first_ = false;
    write_listed(out, lead, view_, base_url_);
}

void LeadListBody::finish(std::string& out) {
    out += is_first_ ? "[]" : "]";
}

void write_listed(std::string& out, const ListedLead& lead, LeadView view, std::string_view base_url) {
    if (view == LeadView::details) return write_details(out, lead.details, base_url);
    write_lead(out, lead.details.lead, base_url);
}

}  // namespace alma::leads
