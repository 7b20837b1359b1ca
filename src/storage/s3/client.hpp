/// Requests to an S3 store: bounded, retried, off the event loop.
#pragma once

#include "base/async.hpp"
#include "storage/s3/connection.hpp"

#include <chrono>
#include <memory>

namespace alma::storage::s3 {

/// May be used from every event loop at once. Every request of ours may be repeated: keys are never used
/// twice, and what is stored under one never changes.
class Client {
public:
    /// @throws Error{invalid} naming the variable that is wrong; connects to nothing yet
    explicit Client(S3Config config);
    ~Client();  ///< breaks off what is under way

    /// Tries until an answer, a failure that no further attempt can mend, or the end of `timeout`.
    /// Failures are logged, with their cause.
    /// @throws S3Error when there is no answer; Error{unavailable} when too many wait already
    awaitable<Answer> send(Request request);
    /// The same within `check_timeout`, on a connection of its own, so that a store that hangs is seen to
    /// hang while all others wait for it; and without the log: the caller tells.
    awaitable<Answer> probe(Request request);

    /// Requests that wait for a connection now; for metrics.
    [[nodiscard]] std::size_t waiting() const;

private:
    struct State;
    enum class Tells { the_log, its_caller };  ///< who hears the cause of a failure
    awaitable<Answer> send_through(WorkerPool& pool, Request request, std::chrono::milliseconds timeout,
                                   Tells tells);
    std::unique_ptr<State> state_;
};

/// The pause before attempt `next` (the second is 2): full jitter over a doubling span, so that those who
/// failed together do not come back together.
/// @param chance uniform in [0, 1)
std::chrono::milliseconds backoff(std::chrono::milliseconds base, int next, double chance);

}  // namespace alma::storage::s3
