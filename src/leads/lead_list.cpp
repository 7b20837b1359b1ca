#include "leads/lead_list.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "http/form.hpp"
#include "leads/lead_json.hpp"

#include <charconv>
#include <limits>

namespace alma::leads {
namespace {

using Kind = http::InputField::Kind;

constexpr auto statuses = enum_texts<LeadStatus>();
constexpr std::string_view oldest_first = "created_at";
constexpr std::string_view newest_first = "-created_at";
constexpr std::array<std::string_view, 2> sort_orders = {oldest_first, newest_first};

constexpr std::array fields = {
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
    http::InputField{.name = "status",
                     .kind = Kind::choice,
                     .is_required = false,
                     .max_length = 64,
                     .choices = statuses,
                     .description = "Only leads of this status."},
    http::InputField{.name = "q",
                     .is_required = false,
                     .max_length = 200,
                     .description = "Only leads whose name or e-mail holds this text. Spaces around it, "
                                    "and more than one between its words, do not count.",
                     .example = "doe"},
    http::InputField{.name = "sort",
                     .kind = Kind::choice,
                     .is_required = false,
                     .max_length = 64,
                     .choices = sort_orders,
                     .default_value = oldest_first,
                     .description = "`created_at`: oldest first; `-created_at`: newest first."},
};

/// The words with one space between them.
std::string without_extra_spaces(std::string_view text) {
    std::string words;
    for (const char c : text) {
        const bool is_extra = c == ' ' && (words.empty() || words.back() == ' ');
        if (!is_extra) words += c;
    }
    if (words.ends_with(' ')) words.pop_back();
    return words;
}

FieldError unknown_choice(std::string_view name, const std::string& value, std::string_view choices) {
    return {.type = "enum",
            .location = {"query", std::string(name)},
            .message = fmt::format("Input should be {}", choices),
            .input = value,
            .context = fmt::format(R"({{"expected":"{}"}})", choices)};
}

}  // namespace

constinit const std::span<const http::InputField> lead_list_fields = fields;

std::string to_cursor(std::int64_t id) {
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8)
        bytes += static_cast<char>(static_cast<std::uint64_t>(id) >> shift);
    return to_base64url(bytes);
}

std::optional<std::int64_t> parse_cursor(std::string_view cursor) {
    const std::optional<std::string> bytes = from_base64url(cursor);
    if (!bytes || bytes->size() != sizeof(std::int64_t)) return std::nullopt;
    std::uint64_t id = 0;
    for (const char byte : *bytes)
        id = id << 8 | static_cast<unsigned char>(byte);
    if (id == 0 || id > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return std::nullopt;
    return static_cast<std::int64_t>(id);
}

awaitable<LeadListQuery> read_lead_list_query(http::Request& request) {
    const http::Form form = co_await http::read_form(request, lead_list_fields);
    LeadListQuery query;
    std::vector<FieldError> errors;
    if (const std::string& limit = form["limit"]; !limit.empty())
        std::from_chars(limit.data(), limit.data() + limit.size(), query.limit.emplace());
    if (const std::string& cursor = form["cursor"]; !cursor.empty()) {
        query.after = parse_cursor(cursor);
        if (!query.after)
            errors.push_back({.type = "value_error",
                              .location = {"query", "cursor"},
                              .message = "Value error, not a cursor of this list",
                              .input = cursor,
                              .context = R"({"error":{}})"});
    }
    if (const std::string& status = form["status"]; !status.empty()) {
        query.filter.status = parse_enum<LeadStatus>(status);
        if (!query.filter.status)
            errors.push_back(unknown_choice("status", status, "'PENDING' or 'REACHED_OUT'"));
    }
    const std::string& sort = form["sort"];
    if (sort != oldest_first && sort != newest_first)
        errors.push_back(unknown_choice("sort", sort, "'created_at' or '-created_at'"));
    query.filter.is_newest_first = sort == newest_first;
    query.filter.text = without_extra_spaces(form["q"]);
    if (!errors.empty()) throw Error(std::move(errors));
    co_return query;
}

std::string next_page_url(std::string_view base_url, const LeadListQuery& query, std::int64_t last_id) {
    std::string url = fmt::format("{}/leads/?", base_url);
    if (query.limit) url += fmt::format("limit={}&", *query.limit);
    if (query.filter.status) url += fmt::format("status={}&", to_text(*query.filter.status));
    if (!query.filter.text.empty()) url += fmt::format("q={}&", percent_encode(query.filter.text));
    if (query.filter.is_newest_first) url += fmt::format("sort={}&", newest_first);
    return url + "cursor=" + to_cursor(last_id);
}

LeadListBody::LeadListBody(db::Database& db, LeadFilter filter, std::optional<std::int64_t> after,
                           std::string base_url)
    : db_(db), filter_(std::move(filter)), after_(after), base_url_(std::move(base_url)) {}

awaitable<void> LeadListBody::fetch() {
    const std::vector<ListedLead> page = co_await list_leads(db_, filter_, after_, page_leads);
    text_.clear();
    for (const ListedLead& listed : page) {
        text_ += is_first_ ? '[' : ',';
        is_first_ = false;
        write_lead(text_, listed.lead, base_url_);
    }
    is_complete_ = page.size() < page_leads;
    if (is_complete_) text_ += is_first_ ? "[]" : "]";
    if (!page.empty()) after_ = page.back().id;
    is_fetched_ = true;
}

awaitable<std::string_view> LeadListBody::next() {
    if (!is_fetched_) {
        if (is_complete_) co_return std::string_view();
        co_await fetch();
    }
    is_fetched_ = false;
    co_return text_;
}

}  // namespace alma::leads
