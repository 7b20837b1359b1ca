#include "users/session_api.hpp"

#include "auth/credential_fields.hpp"
#include "auth/credentials.hpp"
#include "auth/session_store.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "http/form.hpp"
#include "users/user.hpp"

#include <boost/json/parse.hpp>

namespace alma::users {
namespace {

struct ShownSession {
    User user;
    Instant expires_at;
};
BOOST_DESCRIBE_STRUCT(ShownSession, (), (user, expires_at))

constexpr http::InputField fields[] = {auth::account_field("email"), auth::password_field};

constexpr http::Encoding encodings[] = {http::Encoding::json};

constexpr http::Failure start_failures[] = {
    {401, "Incorrect email or password"},
    {403, "Cross-site request refused"},
    {429, "Too many requests. Please try again later."},
    {503, "The service is busy. Please try again in a moment."},
};
constexpr http::Failure end_failures[] = {{403, "Cross-site request refused"}};

Error no_credentials() {
    return {ErrorKind::unauthenticated, "Could not validate credentials"};
}

std::optional<std::string> copy_of(std::optional<std::string_view> text) {
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

}  // namespace

const http::Operation SessionApi::start_operation = {
    .id = "start_session",
    .tag = "Authentication",
    .summary = "Log in from a browser",
    .description =
        "Exchanges an e-mail address and a password for a session, in a cookie that scripts cannot read. "
        "Failures are answered and limited as those of /token are. Whatever the cookie alone authenticates, "
        "and may change something, has to have the header `X-Requested-With: alma-leads`, and to come from a "
        "page of this service; else the answer is a 403.",
    .encodings = encodings,
    .body = fields,
    .query = {},
    .answer_schema = "Session",
    .failures = start_failures,
};

const http::Operation SessionApi::show_operation = {
    .id = "show_session",
    .tag = "Authentication",
    .summary = "Who am I",
    .description =
        "The caller, and when the session or the access token ends: a session, unless it is used before.",
    .encodings = {},
    .body = {},
    .query = {},
    .answer_schema = "Session",
    .failures = {},
};

const http::Operation SessionApi::end_operation = {
    .id = "end_session",
    .tag = "Authentication",
    .summary = "Log out",
    .description =
        "Ends the session of the cookie, and the access token, whichever the request has; or both.",
    .encodings = {},
    .body = {},
    .query = {},
    .answer_schema = "Message",
    .failures = end_failures,
};

std::vector<http::Schema> SessionApi::schemas() {
    static constexpr std::string_view session = R"({
        "type": "object",
        "description": "Who is logged in.",
        "required": ["user", "expires_at"],
        "properties": {
            "user": {"$ref": "#/components/schemas/User"},
            "expires_at": {
                "type": "string",
                "description": "UTC, with six fractional digits and no zone. A session that is used ends later.",
                "examples": ["2025-09-27T03:42:27.248539"]
            }
        }
    })";
    std::vector<http::Schema> schemas;
    schemas.push_back({.name = "Session", .schema = boost::json::parse(session).as_object()});
    return schemas;
}

SessionApi::SessionApi(db::Database& db, auth::Login& login, const auth::TokenSigner& tokens,
                       const Clock& clock)
    : db_(db), login_(login), tokens_(tokens), clock_(clock) {}

awaitable<http::Response> SessionApi::start(http::Request& request) {
    // Else another site could log a visitor in to an account of its own, and see what is done there.
    if (auth::is_cross_site(request)) throw Error(ErrorKind::forbidden, "Cross-site request refused");
    const http::Form form = co_await http::read_form(request, fields);
    const auth::ProvedUser user =
        co_await login_.log_in(request, form["email"], form["password"], R"({"session":true})");
    const std::optional<auth::NewSession> session =
        co_await auth::start_session(db_, user, copy_of(auth::session_id(request)), clock_.now());
    if (!session) throw Error(ErrorKind::unauthenticated, "Incorrect email or password");
    http::Response response = co_await answer(user.id, session->ends_at);
    response.with("Set-Cookie", auth::session_cookie(request, session->id));
    co_return response;
}

awaitable<http::Response> SessionApi::show(http::Request& request, const http::Principal& caller) {
    if (const std::optional<std::string_view> token = auth::bearer_token(request)) {
        const std::optional<auth::VerifiedToken> verified = tokens_.verify(*token, clock_.now());
        if (!verified) throw no_credentials();
        co_return co_await answer(caller.id, verified->end);
    }
    const std::optional<std::string> id = copy_of(auth::session_id(request));
    if (!id) throw no_credentials();
    const std::optional<auth::Session> session = co_await auth::find_session(db_, *id, clock_.now());
    if (!session) throw no_credentials();
    co_return co_await answer(caller.id, session->ends_at);
}

awaitable<http::Response> SessionApi::end(http::Request& request, const http::Principal& caller) {
    const Instant now = clock_.now();
    const std::optional<std::string> token = copy_of(auth::bearer_token(request));
    std::optional<Instant> token_end;
    if (token) {
        if (const std::optional<auth::VerifiedToken> verified = tokens_.verify(*token, now))
            token_end = verified->end;
    }
    co_await auth::log_out(db_, copy_of(auth::session_id(request)), token, token_end, audit::by(caller), now);
    http::Response response = http::json_response(http::Status::ok, R"({"message":"Logged out"})");
    response.with("Set-Cookie", auth::no_session_cookie(request));
    co_return response;
}

awaitable<http::Response> SessionApi::answer(std::int64_t user_id, Instant expires_at) {
    static constexpr std::string_view select =
        "SELECT id, email, role, is_active, created_at, updated_at FROM users WHERE id = $1";
    const db::Rows rows = co_await db_.read(db::sql(select, user_id));
    std::optional<User> user = rows.first_as<User>();
    if (!user) throw no_credentials();
    const ShownSession shown{.user = std::move(*user), .expires_at = expires_at};
    co_return http::json_response(http::Status::ok, to_json(shown));
}

}  // namespace alma::users
