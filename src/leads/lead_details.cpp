#include "leads/lead_details.hpp"

#include "base/json.hpp"
#include "http/conditional.hpp"
#include "http/problem.hpp"
#include "leads/lead_json.hpp"
#include "leads/lead_store.hpp"

namespace alma::leads {
namespace {

constexpr std::size_t lead_columns = 7;

awaitable<std::optional<std::int64_t>> find_version(db::Database& db, Uuid uuid) {
    static constexpr std::string_view select = "SELECT version FROM leads WHERE uuid = $1";
    const db::Rows rows = co_await db.read(db::sql(select, uuid));
    if (rows.empty()) co_return std::nullopt;
    co_return rows.front().get<std::int64_t>(0);
}

template <class T>
void write_member(std::string& out, std::string_view name, const T& value) {
    out += ',';
    write_json(out, name);
    out += ':';
    write_json(out, value);
}

}  // namespace

LeadDetails read_details(db::Row row) {
    return {.lead = db::Row(&row[0], lead_columns).as<Lead>(),
            .assignee = row.get<std::optional<std::string>>(lead_columns),
            .notes_count = row.get<std::int64_t>(lead_columns + 1),
            .version = row.get<std::int64_t>(lead_columns + 2),
            .resume_name = row.get<std::string>(lead_columns + 3),
            .resume_type = row.get<std::string>(lead_columns + 4),
            .resume_size = row.get<std::int64_t>(lead_columns + 5)};
}

awaitable<std::optional<LeadDetails>> find_details(db::Database& db, Uuid uuid) {
    static const std::string select = fmt::format(
        "SELECT {} FROM leads LEFT JOIN users ON users.id = leads.assignee_id WHERE leads.uuid = $1",
        details_columns);
    const db::Rows rows = co_await db.read(db::sql(select, uuid));
    if (rows.empty()) co_return std::nullopt;
    co_return read_details(rows.front());
}

void write_details(std::string& out, const LeadDetails& details, std::string_view base_url) {
    write_lead(out, details.lead, base_url);
    out.pop_back();
    write_member(out, "assignee", details.assignee);
    write_member(out, "notes_count", details.notes_count);
    write_member(out, "version", details.version);
    write_member(out, "resume_name", details.resume_name);
    write_member(out, "resume_type", details.resume_type);
    write_member(out, "resume_size", details.resume_size);
    out += '}';
}

http::Response answer(const LeadDetails& details, const http::Request& request) {
    std::string body;
    write_details(body, details, request.base_url);
    http::Response response = http::json_response(http::Status::ok, std::move(body));
    response.with("ETag", etag_of(details.version));
    return response;
}

std::string etag_of(std::int64_t version) {
    return fmt::format(R"("{}")", version);
}

awaitable<Precondition> check_if_match(db::Database& db, const http::Request& request, Uuid uuid) {
    const std::optional<std::string_view> wanted = request.header("If-Match");
    if (!wanted || *wanted == "*") co_return Precondition{};
    const std::int64_t version = found(co_await find_version(db, uuid));
    co_return Precondition{.is_met = http::allows_change(request, etag_of(version)), .version = version};
}

http::Response precondition_failed() {
    return http::problem(http::Status::precondition_failed, lead_has_changed.detail);
}

awaitable<http::Response> refuse_change(db::Database& db, Uuid uuid) {
    found(co_await find_version(db, uuid));
    co_return precondition_failed();
}

}  // namespace alma::leads
