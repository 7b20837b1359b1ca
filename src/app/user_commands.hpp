/// `alma-leads user ...`, with and without a server.
#pragma once

#include "app/commands.hpp"
#include "app/config.hpp"

namespace alma::app {

/// Runs the command in the server that owns DATA_DIR, or here when none does. Waits up to five seconds for a
/// server that is starting or stopping, and for another command.
/// @throws Error with one line for the person at the terminal
/// Only "user create" makes a database where there is none, and says so on standard error.
Outcome run_user_command(const Config& config, const Command& command);

/// To standard output: a table, or a JSON array.
void print_users(const std::vector<users::User>& users, bool as_json);

}  // namespace alma::app
