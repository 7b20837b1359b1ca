#include "app/user_commands.hpp"

#include "app/control.hpp"
#include "app/data_directory.hpp"
#include "app/database.hpp"
#include "app/secret_key.hpp"
#include "audit/sealer.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace alma::app {
namespace {

using namespace std::chrono_literals;

/// Only the first account may be wanted where there is nothing yet: anything else has mistaken the place.
void prepare_schema(const Config& config, const Command& command) {
    if (command.name == "user create") {
        migrate_and_tell(config);
    } else {
        require_schema(config);
    }
}

/// No service may run that would seal what was recorded.
awaitable<Outcome> execute_and_seal(Command command, users::Accounts& accounts,
                                    users::Invitations& invitations, db::Database& database) {
    Outcome outcome = co_await execute(std::move(command), accounts, invitations);
    try {
        co_await audit::seal(database);
    } catch (const std::exception&) {
        // The command is done all the same, and what it recorded waits for the next service or command.
    }
    co_return outcome;
}

/// The key is the service's, which will send the mail; other commands make no link.
mail::LinkSettings link_settings(const Config& config, const Command& command) {
    if (command.name != "user invite") return {};
    const std::string secret_key =
        config.secret_key.empty() ? load_or_make_secret_key(config.data_directory) : config.secret_key;
    return {.public_base_url = config.outbox.public_base_url, .key = link_key(secret_key)};
}

Outcome run_here(const Config& config, const Command& command) {
    prepare_schema(config, command);
    const std::unique_ptr<db::Database> database = open_database(config);
    WorkerPool passwords("passwords", 1, 1);
    const SystemClock clock;
    users::Accounts accounts(*database, passwords, clock);
    // No service runs here that could be woken: the next look at the outbox finds the mail.
    users::Invitations invitations(*database, passwords, link_settings(config, command), clock, [] {});
    asio::io_context loop;
    Outcome outcome;
    asio::co_spawn(loop, execute_and_seal(command, accounts, invitations, *database),
                   [&](const std::exception_ptr& failure, Outcome result) {
                       if (failure) std::rethrow_exception(failure);
                       outcome = std::move(result);
                   });
    loop.run();
    return outcome;
}

void print_table(const std::vector<users::User>& users) {
    std::size_t width = std::string_view("e-mail").size();
    for (const users::User& user : users)
        width = std::max(width, user.email.size());
    fmt::print("{:>4}  {:{}}  {:8}  {:6}  {}\n", "id", "e-mail", width, "role", "active", "created");
    for (const users::User& user : users)
        fmt::print("{:>4}  {:{}}  {:8}  {:6}  {}\n", user.id, user.email, width, to_text(user.role),
                   user.is_active ? "yes" : "no", to_text(user.created_at));
}

}  // namespace

Outcome run_user_command(const Config& config, const Command& command) {
    // A server of its own lets everybody write.
    if (config.uses_postgresql()) return run_here(config, command);
    const auto until = std::chrono::steady_clock::now() + 5s;
    while (true) {
        if (std::optional<Outcome> outcome = ask_server(config.data_directory, command)) return *outcome;
        if (command.name != "user create") require_database(config);
        std::optional<DataDirectory> directory;
        try {
            directory.emplace(config.data_directory, config.database(),
                              fmt::format("alma-leads {}", command.name), 200ms);
        } catch (const Error& taken) {
            if (taken.kind() != ErrorKind::conflict || std::chrono::steady_clock::now() > until) throw;
            continue;
        }
        return run_here(config, command);
    }
}

void print_users(const std::vector<users::User>& users, bool as_json) {
    if (as_json) {
        fmt::print("{}\n", to_json(users));
    } else {
        print_table(users);
    }
}

}  // namespace alma::app
