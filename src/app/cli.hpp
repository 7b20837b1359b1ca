/// The command line.
#pragma once

namespace alma::app {

/// @return the process's exit status: 0 done, 1 it failed, 2 the command line or a setting is wrong
int run_command_line(int argc, char** argv);

}  // namespace alma::app
