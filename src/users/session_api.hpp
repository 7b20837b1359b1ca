/// POST, GET and DELETE /session: logging in from a browser, who that is, and logging out.
#pragma once

#include "auth/login.hpp"
#include "auth/token.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"
#include "http/principal.hpp"

namespace alma::users {

class SessionApi {
public:
    SessionApi(db::Database& db, auth::Login& login, const auth::TokenSigner& tokens, const Clock& clock);

    awaitable<http::Response> start(http::Request& request);
    awaitable<http::Response> show(http::Request& request, const http::Principal& caller);
    awaitable<http::Response> end(http::Request& request, const http::Principal& caller);

    static const http::Operation start_operation;
    static const http::Operation show_operation;
    static const http::Operation end_operation;
    static std::vector<http::Schema> schemas();  ///< Session

private:
    awaitable<http::Response> answer(std::int64_t user_id, Instant expires_at);

    db::Database& db_;
    auth::Login& login_;
    const auth::TokenSigner& tokens_;
    const Clock& clock_;
};

}  // namespace alma::users
