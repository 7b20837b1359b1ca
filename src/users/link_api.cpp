#include "users/link_api.hpp"

#include "base/email_address.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "http/form.hpp"
#include "users/account_statements.hpp"
#include "users/accounts.hpp"
#include "users/user_id.hpp"

#include <exception>

namespace alma::users {
namespace {

using Kind = http::InputField::Kind;

constexpr std::string_view roles[] = {"ATTORNEY", "ADMIN"};
constexpr http::Encoding encodings[] = {http::Encoding::json};

constexpr http::InputField email_field = {
    .name = "email",
    .kind = Kind::email,
    .choices = {},
    .default_value = {},
    .description = "The e-mail address of the account, in any case.",
    .example = "attorney@example.com",
};
constexpr http::InputField invitation_fields[] = {
    email_field,
    {.name = "role",
     .kind = Kind::choice,
     .is_required = false,
     .choices = roles,
     .default_value = "ATTORNEY",
     .description = "An ADMIN may also manage users and recover failed e-mails.",
     .example = "ATTORNEY"},
};
constexpr http::InputField reset_fields[] = {email_field};
constexpr http::InputField use_fields[] = {
    {.name = "token",
     .kind = Kind::password,  // as secret as one: no answer repeats it
     .max_length = 128,
     .choices = {},
     .default_value = {},
     .description = "The end of the link, after /set-password/.",
     .example = "kT1oQy0m8nVfT2hQ3XG0y8o0cXyJb1xVtq0vZ5a5c3U"},
    {.name = "password",
     .kind = Kind::password,
     .min_length = min_password_length,
     .max_length = max_password_length,
     .choices = {},
     .default_value = {},
     .description = "The new password. Stored as an Argon2id hash only.",
     .example = "a new and longer password"},
};

constexpr http::Failure no_base_url = {
    400, "A link can be mailed only when PUBLIC_BASE_URL is set: to the address of this service"};
constexpr http::Failure too_many = {429, "Too many requests. Please try again later."};
constexpr http::Failure busy = {503, "The service is busy. Please try again in a moment."};

constexpr http::Failure invite_failures[] = {
    {400, "Invalid email format"},
    {400, "Email already exists"},
    {400, "Invalid role. Must be 'ATTORNEY' or 'ADMIN'"},
    no_base_url,
};
constexpr http::Failure invite_again_failures[] = {
    {400, "User is not invited any more"},
    {400, "User is not active"},
    no_base_url,
    {404, "User not found"},
    too_many,
};
constexpr http::Failure reset_failures[] = {no_base_url, too_many, busy};
constexpr http::Failure use_failures[] = {{400, "This link is invalid or has expired"}, too_many, busy};

http::Response message(std::string_view text) {
    std::string body = R"({"message":)";
    write_json(body, text);
    body += '}';
    return http::json_response(http::Status::ok, std::move(body));
}

}  // namespace

const http::Operation LinkApi::invite_operation = {
    .id = "invite_user",
    .tag = "Users",
    .summary = "Invite a user",
    .description =
        "Makes an account and mails its user a link to choose a password. It works once, within 7 days; "
        "until then "
        "the user cannot log in, and gets no notifications.",
    .encodings = encodings,
    .body = invitation_fields,
    .query = {},
    .answer_schema = "Account",
    .failures = invite_failures,
};

const http::Operation LinkApi::invite_again_operation = {
    .id = "invite_user_again",
    .tag = "Users",
    .summary = "Mail an invitation again",
    .description =
        "Mails a new link to a user who has not used one yet; earlier ones count no more. At most three "
        "mails an hour.",
    .encodings = {},
    .body = {},
    .query = {},
    .answer_schema = "Message",
    .failures = invite_again_failures,
};

const http::Operation LinkApi::ask_reset_operation = {
    .id = "ask_password_reset",
    .tag = "Authentication",
    .summary = "Ask for a new password",
    .description =
        "Mails a link to choose a new password to the user of that address, if there is an active one: it "
        "works once, "
        "within an hour. The answer is the same, and takes the same time, whether there is one or not. An "
        "account gets "
        "at most three mails an hour, all of which work.",
    .encodings = encodings,
    .body = reset_fields,
    .query = {},
    .answer_schema = "Message",
    .failures = reset_failures,
};

const http::Operation LinkApi::use_operation = {
    .id = "use_password_link",
    .tag = "Authentication",
    .summary = "Choose a password by a link",
    .description =
        "For the links of invitations and of forgotten passwords. Ends all sessions, tokens and other links "
        "of the user.",
    .encodings = encodings,
    .body = use_fields,
    .query = {},
    .answer_schema = "Message",
    .failures = use_failures,
};

LinkApi::LinkApi(Invitations& invitations, LinkThrottle& throttle)
    : invitations_(invitations), throttle_(throttle) {}

awaitable<http::Response> LinkApi::invite(http::Request& request, const http::Principal& caller) {
    const http::Form form = co_await http::read_form(request, invitation_fields);
    const Account account = co_await invitations_.invite(form["email"], form["role"], audit::by(caller));
    co_await throttle_.admit_mail(fold_email(account.email));
    co_return http::json_response(http::Status::ok, to_json(account));
}

awaitable<http::Response> LinkApi::invite_again(http::Request& request, const http::Principal& caller) {
    const std::int64_t id = user_id_of(request);
    const Account account = co_await invitations_.find_invited(id);
    require(co_await throttle_.admit_mail(fold_email(account.email)));
    co_await invitations_.invite_again(account, audit::by(caller));
    co_return message("Invitation sent");
}

awaitable<http::Response> LinkApi::ask_reset(http::Request& request) {
    invitations_.require_links();
    const http::Form form = co_await http::read_form(request, reset_fields);
    std::optional<limits::Hit> hit = co_await throttle_.admit(request.client);
    co_await throttle_.keep(std::move(hit));
    const limits::Allowance allowance = co_await throttle_.admit_mail(fold_email(form["email"]));
    // Silently: the owner has three links that work, and a stranger learns nothing.
    if (allowance.is_allowed) co_await invitations_.ask_reset(form["email"]);
    co_return message("If there is an account with this address, a mail with a link is on its way");
}

awaitable<http::Response> LinkApi::use(http::Request& request) {
    const http::Form form = co_await http::read_form(request, use_fields);
    std::optional<limits::Hit> hit = co_await throttle_.admit(request.client);
    bool is_used = false;
    std::exception_ptr failure;
    try {
        // Nothing is hashed for whoever guesses.
        is_used = co_await invitations_.is_valid(form["token"]) &&
                  co_await invitations_.use(form["token"], form["password"]);
    } catch (...) {
        failure = std::current_exception();
    }
    const bool is_guess = !is_used && !failure;
    if (is_guess) {
        co_await throttle_.keep(std::move(hit));
        throw Error(ErrorKind::invalid, "This link is invalid or has expired");
    }
    co_await throttle_.take_back(std::move(hit));
    if (failure) std::rethrow_exception(failure);
    co_return message("Password set");
}

}  // namespace alma::users
