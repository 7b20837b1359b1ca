/// What the command line can ask for, whether it runs in its own process or in the server that owns DATA_DIR.
#pragma once

#include "base/async.hpp"
#include "users/accounts.hpp"
#include "users/invitations.hpp"

#include <boost/describe/class.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace alma::app {

/// One command with its arguments; those that a command does not have are empty.
struct Command {
    std::string name;  ///< "user create", "user invite", "user list", "user set-password", "user activate" or
                       ///< "user deactivate"
    std::string email;
    std::string password;
    std::string role;
};
BOOST_DESCRIBE_STRUCT(Command, (), (name, email, password, role))

/// What came of it.
struct Outcome {
    std::string error;  ///< empty: it worked
    std::vector<users::User> users;
};
BOOST_DESCRIBE_STRUCT(Outcome, (), (error, users))

/// Runs a command on what this process owns. Refusals and failures are outcomes, never thrown.
awaitable<Outcome> execute(Command command, users::Accounts& accounts, users::Invitations& invitations);

/// The two as they travel over the control socket: one JSON object each.
Command parse_command(std::string_view json);  ///< @throws Error{invalid}
Outcome parse_outcome(std::string_view json);  ///< @throws Error{invalid}

}  // namespace alma::app
