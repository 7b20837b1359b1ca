/// `alma-leads store ...`, with and without a server.
#pragma once

#include "app/config.hpp"
#include "app/store_check.hpp"

namespace alma::app {

/// Compares the configured database and store, and prints what does not agree and a summary: text, or a JSON
/// object a line. A server may run on both meanwhile.
/// @return whether all agrees, or now does
/// @throws Error or s3::S3Error with one line for the person at the terminal
bool run_store_check(const Config& config, StoreCheckOptions options, bool as_json);

}  // namespace alma::app
