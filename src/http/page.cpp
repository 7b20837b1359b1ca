#include "http/page.hpp"

#include "http/form.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace alma::http {
namespace {

constexpr InputField fields[] = {
    {.name = "limit",
     .kind = InputField::Kind::integer,
     .is_required = false,
     .min_length = 1,
     .max_length = 200,
     .default_value = "50",
     .description = "Entries per page.",
     .example = "50"},
    {.name = "cursor",
     .kind = InputField::Kind::integer,
     .is_required = false,
     .min_length = 1,
     .max_length = std::numeric_limits<std::int64_t>::max(),
     .description = "Where the page begins: from the `Link` header of the page before."},
};

}  // namespace

constinit const std::span<const InputField> page_fields = fields;

awaitable<Page> read_page(Request& request) {
    const Form form = co_await read_form(request, page_fields);
    Page page;
    const std::string& limit = form["limit"];
    std::from_chars(limit.data(), limit.data() + limit.size(), page.limit);
    if (const std::string& cursor = form["cursor"]; !cursor.empty())
        std::from_chars(cursor.data(), cursor.data() + cursor.size(), page.before.emplace());
    co_return page;
}

void link_next(Response& response, const Request& request, std::string_view path, const Page& page,
               std::int64_t last_id) {
    response.with("Link", fmt::format(R"(<{}{}?limit={}&cursor={}>; rel="next")", request.base_url, path,
                                      page.limit, last_id));
}

}  // namespace alma::http
