/// Lists that are paged by the descending ids of their entries.
#pragma once

#include "base/json.hpp"
#include "http/message.hpp"
#include "http/operation.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alma::http {

/// What of a list is asked for.
struct Page {
    std::size_t limit = 50;                ///< 1 to 200
    std::optional<std::int64_t> before{};  ///< of the cursor: only entries with a lower id
};

/// The query parameters `limit` and `cursor`, for the list's Operation.
extern const std::span<const InputField> page_fields;

/// @throws Error{unprocessable} naming a parameter that is not valid
awaitable<Page> read_page(Request& request);

/// Adds the link to the entries below `last_id`. @param path of the list: "/leads/550e.../notes"
void link_next(Response& response, const Request& request, std::string_view path, const Page& page,
               std::int64_t last_id);

/// The page as a JSON array, with the link to the next one when there is one.
/// @param entries at most one more than the page's limit, which tells whether there is a next page
/// @param id of an entry
template <class T, class Id>
Response page_response(const Request& request, std::string_view path, const Page& page,
                       std::vector<T> entries, Id id) {
    const bool has_next = entries.size() > page.limit;
    if (has_next) entries.resize(page.limit);
    Response response = json_response(Status::ok, to_json(entries));
    if (has_next) link_next(response, request, path, page, std::invoke(id, entries.back()));
    return response;
}

}  // namespace alma::http
