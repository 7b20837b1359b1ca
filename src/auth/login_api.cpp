#include "auth/login_api.hpp"

#include "auth/credential_fields.hpp"
#include "base/json.hpp"
#include "http/form.hpp"

#include <boost/json/parse.hpp>

namespace alma::auth {
namespace {

struct Token {
    std::string access_token;
    std::string token_type = "bearer";
};
BOOST_DESCRIBE_STRUCT(Token, (), (access_token, token_type))

constexpr http::InputField fields[] = {account_field("username"), password_field};

// The first is what OAuth 2.0 clients send (RFC 6749 section 4.3.2).
constexpr http::Encoding encodings[] = {http::Encoding::urlencoded, http::Encoding::multipart,
                                        http::Encoding::json};

constexpr http::Failure failures[] = {
    {401, "Incorrect email or password"},
    {429, "Too many requests. Please try again later."},
    {503, "The service is busy. Please try again in a moment."},
};

}  // namespace

const http::Operation LoginApi::login_operation = {
    .id = "login",
    .tag = "Authentication",
    .summary = "Log in",
    .description =
        "Exchanges an e-mail address and a password for an access token. An unknown address, a wrong "
        "password and a deactivated account are answered alike. Failures are limited for each "
        "account and each client address.",
    .encodings = encodings,
    .body = fields,
    .query = {},
    .answer_schema = "Token",
    .failures = failures,
};

std::vector<http::Schema> LoginApi::schemas() {
    static constexpr std::string_view token = R"({
        "type": "object",
        "description": "An access token (RFC 6750): send it as \"Authorization: Bearer <access_token>\".",
        "required": ["access_token", "token_type"],
        "properties": {
            "access_token": {
                "type": "string",
                "description": "A JWT signed with HS256, with the claims sub (the e-mail address), exp and iat.",
                "examples": ["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhdHRvcm5leUBleGFtcGxlLmNvbSIsImV4cCI6MTc1ODkxNzU0N30.QLGOoSdgSx0xm6oR9VYe8FTX0Ou97Ts2VNvmg1eXcM0"]
            },
            "token_type": {"type": "string", "const": "bearer"}
        }
    })";
    std::vector<http::Schema> schemas;
    schemas.push_back({.name = "Token", .schema = boost::json::parse(token).as_object()});
    return schemas;
}

LoginApi::LoginApi(Login& login, const TokenSigner& tokens) : login_(login), tokens_(tokens) {}

awaitable<http::Response> LoginApi::login(http::Request& request) {
    const http::Form form = co_await http::read_form(request, fields);
    const ProvedUser user = co_await login_.log_in(request, form["username"], form["password"]);
    const Token token{.access_token = tokens_.sign(user.email, user.issued_at)};
    http::Response response = http::json_response(http::Status::ok, to_json(token));
    response.with("Cache-Control", "no-store");  // RFC 6749 section 5.1
    co_return response;
}

}  // namespace alma::auth
