/// The notes of a lead: what the staff writes about it, for itself.
#pragma once

#include "http/message.hpp"
#include "http/openapi.hpp"
#include "http/principal.hpp"
#include "leads/notes_store.hpp"

namespace alma::leads {

class NotesApi {
public:
    NotesApi(db::Database& db, const Clock& clock) : db_(db), clock_(clock) {}

    awaitable<http::Response> list(http::Request& request);
    awaitable<http::Response> add(http::Request& request, const http::Principal& caller);
    awaitable<http::Response> remove(http::Request& request, const http::Principal& caller);

    static const http::Operation list_operation;
    static const http::Operation add_operation;
    static const http::Operation remove_operation;
    static std::vector<http::Schema> schemas();  ///< Note

private:
    db::Database& db_;
    const Clock& clock_;
};

}  // namespace alma::leads
