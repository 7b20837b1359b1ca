/// Waiting for something that may hang.
#pragma once

#include "base/async.hpp"

#include <chrono>
#include <string>

namespace alma {

/// Waits for `task`, but no longer than said. One that takes longer is left to itself and goes on: it must
/// use only what it owns, or what outlives the event loop.
/// @throws what the task throws, or Error{unavailable} with `late` when its time is over, or
/// boost::system::system_error with operation_aborted when the caller is cancelled: that is no lateness
awaitable<void> finish_within(std::chrono::milliseconds longest, awaitable<void> task, std::string late);

}  // namespace alma
