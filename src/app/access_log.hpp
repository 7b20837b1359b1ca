/// A line of the log for each request.
#pragma once

#include "http/server.hpp"

namespace alma::app {

/// Without the query string and the headers, which may hold what is confidential. May be called from any
/// thread.
void log_exchange(const http::Exchange& exchange);

}  // namespace alma::app
