#include "app/commands.hpp"

#include "base/enum_text.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace alma::app {
namespace {

namespace json = boost::json;

awaitable<std::vector<users::User>> change_users(Command command, users::Accounts& accounts,
                                                 users::Invitations& invitations) {
    const audit::Actor actor{.kind = audit::ActorKind::command_line};
    std::vector<users::User> changed;
    if (command.name == "user list") {
        for (const users::Account& account : co_await accounts.list())
            changed.push_back(account.user());
    } else if (command.name == "user create") {
        changed.push_back(co_await accounts.create(command.email, command.password, command.role, actor));
    } else if (command.name == "user invite") {
        const users::Account account = co_await invitations.invite(command.email, command.role, actor);
        changed.push_back(account.user());
    } else if (command.name == "user set-password") {
        changed.push_back(co_await accounts.set_password(command.email, command.password, actor));
    } else if (command.name == "user activate" || command.name == "user deactivate") {
        changed.push_back(
            co_await accounts.set_active(command.email, command.name == "user activate", actor));
    } else {
        throw Error(ErrorKind::invalid, "unknown command: client and server are of different versions");
    }
    co_return changed;
}

json::object parse_object(std::string_view text) {
    json::error_code error;
    json::value value = json::parse(json::string_view(text.data(), text.size()), error);
    if (error || !value.is_object()) throw Error(ErrorKind::invalid, "no JSON object");
    return std::move(value.get_object());
}

std::string text_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    if (value == nullptr || value->is_null()) return {};
    if (!value->is_string()) throw Error(ErrorKind::invalid, fmt::format("{} is no text", name));
    return {value->get_string().data(), value->get_string().size()};
}

std::int64_t number_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    if (value == nullptr || !value->is_int64())
        throw Error(ErrorKind::invalid, fmt::format("{} is no number", name));
    return value->get_int64();
}

std::vector<json::object> objects_in(const json::object& object, std::string_view name) {
    std::vector<json::object> found;
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    if (value == nullptr || !value->is_array()) return found;
    for (const json::value& entry : value->get_array()) {
        if (entry.is_object()) found.push_back(entry.get_object());
    }
    return found;
}

users::User parse_user(const json::object& object) {
    users::User user;
    user.id = number_in(object, "id");
    user.email = text_in(object, "email");
    user.role = parse_enum<http::Role>(text_in(object, "role")).value_or(http::Role::attorney);
    const json::value* is_active = object.if_contains("is_active");
    user.is_active = is_active != nullptr && is_active->is_bool() && is_active->get_bool();
    user.created_at = parse_instant(text_in(object, "created_at")).value_or(Instant());
    user.updated_at = parse_instant(text_in(object, "updated_at")).value_or(Instant());
    return user;
}

}  // namespace

awaitable<Outcome> execute(Command command, users::Accounts& accounts, users::Invitations& invitations) {
    Outcome outcome;
    const std::string name = command.name;
    try {
        outcome.users = co_await change_users(std::move(command), accounts, invitations);
    } catch (const Error& refusal) {
        outcome.error = refusal.detail();
    } catch (const std::exception& failure) {
        log::error("a command failed", {{"command", name}, {"error", failure.what()}});
        outcome.error = failure.what();
    }
    co_return outcome;
}

Command parse_command(std::string_view text) {
    const json::object object = parse_object(text);
    return {.name = text_in(object, "name"),
            .email = text_in(object, "email"),
            .password = text_in(object, "password"),
            .role = text_in(object, "role")};
}

Outcome parse_outcome(std::string_view text) {
    const json::object object = parse_object(text);
    Outcome outcome{.error = text_in(object, "error"), .users = {}};
    for (const json::object& user : objects_in(object, "users"))
        outcome.users.push_back(parse_user(user));
    return outcome;
}

}  // namespace alma::app
