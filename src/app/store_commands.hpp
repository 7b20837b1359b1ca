/// `alma-leads store ...`, with and without a server.
#pragma once

#include "app/config.hpp"
#include "app/store_check.hpp"

namespace alma::app {

/// Compares the configured database and store; a server may run on both meanwhile.
/// @throws Error or s3::S3Error with one line for the person at the terminal
StoreCheckSummary run_store_check(const Config& config, StoreCheckOptions options,
                                  std::function<void(const Finding&)> report);

}  // namespace alma::app
