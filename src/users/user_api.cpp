#include "users/user_api.hpp"

#include "auth/credentials.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "http/form.hpp"
#include "users/account_statements.hpp"
#include "users/user_id.hpp"

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

/// Only one of them has to be sent.
constexpr http::InputField change_fields[] = {
    {.name = "role",
     .kind = Kind::choice,
     .is_required = false,
     .min_length = 1,
     .choices = roles,
     .default_value = {},
     .description = "Binds at the user's next request.",
     .example = "ADMIN"},
    {.name = "is_active",
     .kind = Kind::boolean,
     .is_required = false,
     .choices = {},
     .default_value = {},
     .description = "A user that is not active can neither log in nor use a token or a session.",
     .example = "false"},
};
constexpr http::InputField own_password_fields[] = {
    {.name = "current_password",
     .kind = Kind::password,
     .choices = {},
     .default_value = {},
     .description = "The password until now.",
     .example = "correct horse battery staple"},
    {.name = "new_password",
     .kind = Kind::password,
     .min_length = min_password_length,
     .max_length = max_password_length,
     .choices = {},
     .default_value = {},
     .description = "Stored as an Argon2id hash only.",
     .example = "a new and longer password"},
};

constexpr http::InputField initial_fields[] = {email_field, password_field};
constexpr http::InputField fields[] = {email_field, password_field, role_field};

constexpr http::Encoding json_only[] = {http::Encoding::json};
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
constexpr http::Failure change_failures[] = {
    {400, "Send role, is_active or both"},
    {400, "Invalid role. Must be 'ATTORNEY' or 'ADMIN'"},
    {400, "admin@example.com is the last active admin; create or activate another one first"},
    {404, "User not found"},
};
constexpr http::Failure own_password_failures[] = {
    {400, "Current password is incorrect"},
    {429, "Too many requests. Please try again later."},
    {503, "The service is busy. Please try again in a moment."},
};

/// Whom a lead can be assigned to.
struct Assignee {
    std::int64_t id = 0;
    std::string email;
};
BOOST_DESCRIBE_STRUCT(Assignee, (), (id, email))

AccountChange change_of(const http::Form& form) {
    AccountChange change;
    if (!form["role"].empty()) change.role = require_role(form["role"]);
    if (!form["is_active"].empty()) change.is_active = form["is_active"] == "true";
    if (!change.role && !change.is_active) throw Error(ErrorKind::invalid, "Send role, is_active or both");
    return change;
}

/// A described member of the schema of User, and of what has its members.
boost::json::object user_properties() {
    static constexpr std::string_view properties = R"({
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
        })";
    return boost::json::parse(properties).as_object();
}

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

const http::Operation UserApi::list_operation = {
    .id = "list_users",
    .tag = "Users",
    .summary = "List users",
    .description = "All accounts, oldest first.",
    .encodings = {},
    .body = {},
    .query = {},
    .answer_schema = "Account",
    .answers_array = true,
    .failures = {},
};

const http::Operation UserApi::assignees_operation = {
    .id = "list_assignees",
    .tag = "Users",
    .summary = "List whom a lead can be assigned to",
    .description = "All active users, oldest first.",
    .encodings = {},
    .body = {},
    .query = {},
    .answer_schema = "Assignee",
    .answers_array = true,
    .failures = {},
};

const http::Operation UserApi::change_operation = {
    .id = "change_user",
    .tag = "Users",
    .summary = "Change a user's role, or lock or unlock the account",
    .description =
        "Binds at the user's next request. A user who is locked loses all sessions. There is always an "
        "active admin.",
    .encodings = json_only,
    .body = change_fields,
    .query = {},
    .answer_schema = "Account",
    .failures = change_failures,
};

const http::Operation UserApi::change_own_password_operation = {
    .id = "change_own_password",
    .tag = "Users",
    .summary = "Change one's own password",
    .description =
        "Ends all other sessions, and all access tokens that were given out. Wrong passwords are limited as "
        "those of "
        "logins are.",
    .encodings = json_only,
    .body = own_password_fields,
    .query = {},
    .answer_schema = "Message",
    .failures = own_password_failures,
};

std::vector<http::Schema> UserApi::schemas() {
    const boost::json::object user = user_properties();
    boost::json::object account = user;
    account["is_invited"] = boost::json::parse(
        R"({"type": "boolean", "description": "Was invited, and has not chosen a password yet.", "examples": [false]})");
    std::vector<http::Schema> schemas;
    schemas.push_back(http::object_schema("Assignee", "A user whom a lead can be assigned to.",
                                          {{"id", user.at("id")}, {"email", user.at("email")}}));
    schemas.push_back(http::object_schema("User", "The account of an attorney or an admin.", user));
    schemas.push_back(http::object_schema("Account", "A user as admins see it.", std::move(account)));
    return schemas;
}

UserApi::UserApi(Accounts& accounts, auth::Login& login) : accounts_(accounts), login_(login) {}

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

awaitable<http::Response> UserApi::list(http::Request&) {
    const std::vector<Account> accounts = co_await accounts_.list();
    co_return http::json_response(http::Status::ok, to_json(accounts));
}

awaitable<http::Response> UserApi::assignees(http::Request&) {
    std::vector<Assignee> assignees;
    for (Account& account : co_await accounts_.list()) {
        if (account.is_active) assignees.push_back({.id = account.id, .email = std::move(account.email)});
    }
    co_return http::json_response(http::Status::ok, to_json(assignees));
}

awaitable<http::Response> UserApi::change(http::Request& request, const http::Principal& caller) {
    const std::int64_t id = user_id_of(request);
    const http::Form form = co_await http::read_form(request, change_fields);
    const Account account = co_await accounts_.change(id, change_of(form), audit::by(caller));
    co_return http::json_response(http::Status::ok, to_json(account));
}

awaitable<http::Response> UserApi::change_own_password(http::Request& request,
                                                       const http::Principal& caller) {
    const http::Form form = co_await http::read_form(request, own_password_fields);
    std::optional<auth::ProvedUser> user =
        co_await login_.prove(request, caller.email, form["current_password"]);
    if (!user) throw Error(ErrorKind::invalid, "Current password is incorrect");
    std::optional<std::string> session;
    if (const std::optional<std::string_view> id = auth::session_id(request)) session = *id;
    co_await accounts_.change_own_password(std::move(*user), form["new_password"], std::move(session));
    co_return http::json_response(http::Status::ok, R"({"message":"Password changed"})");
}

}  // namespace alma::users
