/// The bounds of every connection.
#pragma once

#include <chrono>
#include <cstddef>

namespace alma::http {

/// The defaults are the documented ones; tests make them small.
struct Limits {
    std::size_t header_bytes = 16 * 1024;
    std::size_t header_line_bytes = 8 * 1024;  ///< of one field, and of the request line
    std::size_t header_fields = 100;
    std::chrono::milliseconds header_time{
        10'000};                                  ///< from the first byte of a request to the end of its head
    std::chrono::milliseconds idle_time{30'000};  ///< between two requests of a connection
    std::chrono::milliseconds body_grace{5'000};  ///< after which a body must have come with...
    std::size_t body_bytes_per_second = 1024;     ///< ... this rate on average, both ways
    std::chrono::milliseconds body_time{120'000};  ///< for the whole body of a request
    /// For a piece of an answer, of at most 64 KiB: a client that keeps the rate takes it in half of that.
    std::chrono::milliseconds stall_time{120'000};
    /// How long an answer that has begun waits for a source that is busy: it cannot become a 503 any more.
    std::chrono::milliseconds busy_source_time{30'000};
    std::size_t connections = 1024;                ///< one more waits in the kernel's queue
    std::chrono::milliseconds drain_time{10'000};  ///< for requests in flight when stopping
    /// When stopping: for handshakes that have begun, longer than a packet takes from a proxy and back.
    std::chrono::milliseconds handshake_time{50};
    /// When stopping: for requests that are on their way over connections that wait for one.
    std::chrono::milliseconds last_request_time{250};
    /// What is read and dropped of a body that nobody wants, before the next request of the connection.
    std::size_t skipped_body_bytes = 64 * 1024;
    /// What is read and dropped after the last answer of a connection, so that the client gets to read it:
    /// a close with unread bytes would reset the connection and may destroy the answer on its way.
    std::size_t linger_bytes = 64 * 1024 * 1024;
    std::chrono::milliseconds linger_time{5'000};
};

}  // namespace alma::http
