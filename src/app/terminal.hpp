/// Passwords from the person at the terminal.
#pragma once

#include <string>

namespace alma::app {

/// From a terminal: asks twice, without echo. From anything else: the first line of standard input.
/// @throws Error{invalid} when the two differ, the input ends before a line, or the line is over 1 KiB
std::string ask_new_password();

}  // namespace alma::app
