/// The person at the terminal: passwords, and lines to paste.
#pragma once

#include <string>
#include <string_view>

namespace alma::app {

/// From a terminal: asks twice, without echo. From anything else: the first line of standard input.
/// @throws Error{invalid} when the two differ, the input ends before a line, or the line is over 1 KiB
std::string ask_new_password();

/// `text` as one word of a line for a POSIX shell, quoted where need be.
std::string shell_word(std::string_view text);

}  // namespace alma::app
