/// `alma-leads audit ...`, with and without a server.
#pragma once

#include "app/config.hpp"

#include <string>
#include <vector>

namespace alma::app {

/// Checks the chain of the configured database's audit log, and prints what is wrong and the head: text, or a
/// JSON object a line. On a terminal it shows how far it is.
/// @param expected_heads "POSITION:HASH" each
/// @return whether nothing is wrong
/// @throws Error with one line for the person at the terminal
bool run_audit_verify(const Config& config, const std::vector<std::string>& expected_heads, bool as_json);

}  // namespace alma::app
