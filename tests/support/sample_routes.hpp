/// Routes that show each way a handler may read and answer.
#pragma once

#include "http/route.hpp"

#include <vector>

namespace alma::http {

/// Public but for /guarded; see their handlers.
std::vector<Route> sample_routes();

/// What /large and /large-source answer with, and how much of it.
constexpr std::size_t large_size = 32 * MiB;

}  // namespace alma::http
