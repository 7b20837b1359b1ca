#include "users/user_api.hpp"

#include "base/json.hpp"
#include "http/form.hpp"

#include <boost/json/parse.hpp>

namespace alma::users {
namespace {

using Kind = http::InputField::Kind;

constexpr std::string_view roles[] = {"ATTORNEY", "ADMIN"};

constexpr http::InputField email_field = {
    .name = "email",
    .kind = Kind::email,
    .choices = {},
    .default_value = {},
    .description = "Unique without regard to case. The name to log in with.",
    .example = "attorney@example.com",
};
constexpr http::InputField password_field = {
    .name = "password",
    .kind = Kind::password,
    .min_length = min_password_length,
    .max_length = max_password_length,
    .choices = {},
    .default_value = {},
    .description = "Stored as an Argon2id hash only.",
    .example = "correct horse battery staple",
};
constexpr http::InputField role_field = {
    .name = "role",
    .kind = Kind::choice,
    .is_required = false,
    .choices = roles,
    .default_value = "ATTORNEY",
    .description = "An ADMIN may also create users and recover failed e-mails.",
    .example = "ATTORNEY",
};

constexpr http::InputField initial_fields[] = {email_field, password_field};
constexpr http::InputField fields[] = {email_field, password_field, role_field};

constexpr http::Encoding encodings[] = {http::Encoding::json, http::Encoding::urlencoded,
                                        http::Encoding::multipart};

constexpr http::Failure initial_failures[] = {
    {400, "Initial user already exists. Use /users/ endpoint with authentication."},
    {400, "Invalid email format"},
};
constexpr http::Failure failures[] = {
    {400, "Invalid email format"},
    {400, "Email already exists"},
    {400, "Invalid role. Must be 'ATTORNEY' or 'ADMIN'"},
};

}  // namespace

const http::Operation UserApi::create_initial_operation = {
    .id = "create_initial_user",
    .tag = "Users",
    .summary = "Create the first user",
    .description = "Makes the first user, an admin. Works only while there are no users, and for one caller.",
    .encodings = encodings,
    .body = initial_fields,
    .query = {},
    .answer_schema = "User",
    .failures = initial_failures,
};

const http::Operation UserApi::create_operation = {
    .id = "create_user",
    .tag = "Users",
    .summary = "Create a user",
    .description = "Makes an attorney or another admin.",
    .encodings = encodings,
    .body = fields,
    .query = {},
    .answer_schema = "User",
    .failures = failures,
};

std::vector<http::Schema> UserApi::schemas() {
    static constexpr std::string_view user = R"({
        "type": "object",
        "description": "The account of an attorney or an admin.",
        "required": ["id", "email", "role", "is_active", "created_at", "updated_at"],
        "properties": {
            "id": {"type": "integer", "format": "int64", "examples": [2]},
            "email": {"type": "string", "format": "email", "examples": ["attorney@example.com"]},
            "role": {"type": "string", "enum": ["ATTORNEY", "ADMIN"], "examples": ["ATTORNEY"]},
            "is_active": {
                "type": "boolean",
                "description": "A user that is not active can neither log in nor use a token.",
                "examples": [true]
            },
            "created_at": {
                "type": "string",
                "description": "UTC, with six fractional digits and no zone.",
                "examples": ["2025-09-26T19:42:27.248539"]
            },
            "updated_at": {
                "type": "string",
                "description": "UTC, with six fractional digits and no zone.",
                "examples": ["2025-09-26T19:42:27.248544"]
            }
        }
    })";
    std::vector<http::Schema> schemas;
    schemas.push_back({.name = "User", .schema = boost::json::parse(user).as_object()});
    return schemas;
}

UserApi::UserApi(Accounts& accounts) : accounts_(accounts) {}

awaitable<http::Response> UserApi::create_initial(http::Request& request) {
    const http::Form form = co_await http::read_form(request, initial_fields);
    const User user = co_await accounts_.create_initial(form["email"], form["password"],
                                                        {.kind = audit::ActorKind::anonymous});
    co_return http::json_response(http::Status::ok, to_json(user));
}

awaitable<http::Response> UserApi::create(http::Request& request, const http::Principal& caller) {
    const http::Form form = co_await http::read_form(request, fields);
    const User user =
        co_await accounts_.create(form["email"], form["password"], form["role"], audit::by(caller));
    co_return http::json_response(http::Status::ok, to_json(user));
}

}  // namespace alma::users
