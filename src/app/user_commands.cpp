#include "app/user_commands.hpp"

#include "app/control.hpp"
#include "app/data_directory.hpp"
#include "app/database.hpp"
#include "base/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace alma::app {
namespace {

using namespace std::chrono_literals;

Outcome run_here(const Config& config, const Command& command) {
    migrate_to_newest(config);
    const std::unique_ptr<db::Database> database = open_database(config);
    WorkerPool passwords("passwords", 1, 1);
    const SystemClock clock;
    users::Accounts accounts(*database, passwords, clock);
    asio::io_context loop;
    Outcome outcome;
    asio::co_spawn(loop, execute(command, accounts), [&](const std::exception_ptr& failure, Outcome result) {
        if (failure) std::rethrow_exception(failure);
        outcome = std::move(result);
    });
    loop.run();
    return outcome;
}

}  // namespace

Outcome run_user_command(const Config& config, const Command& command) {
    // A server of its own lets everybody write.
    if (config.uses_postgresql()) return run_here(config, command);
    const auto until = std::chrono::steady_clock::now() + 5s;
    while (true) {
        if (std::optional<Outcome> outcome = ask_server(config.data_directory, command)) return *outcome;
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

}  // namespace alma::app
