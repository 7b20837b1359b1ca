/// One TCP connection: reads and writes that end at a deadline.
#pragma once

#include "base/async.hpp"
#include "http/pace.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstddef>
#include <expected>
#include <span>

namespace alma::http {

/// Of a concrete executor, which spares each operation the indirections of any_io_executor.
using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

/// Why there are no more bytes to read or write.
enum class Ending {
    closed,  ///< by the peer, or broken on the way
    late,    ///< the deadline has passed
};

/// Used on the loop of its socket only.
///
/// No timer belongs to a connection: setting one costs as much as the whole of a small request. The deadline
/// is a plain value, and the loop's ticker asks every connection a few times a second whether it has passed.
class Connection {
public:
    explicit Connection(Socket socket) : socket_(std::move(socket)) {}

    /// Reads what there is, at least one byte.
    /// @param is_idle no request depends on it: end_when_idle may shorten the wait
    awaitable<std::expected<std::size_t, Ending>> read(std::span<char> into, SteadyTime deadline,
                                                       bool is_idle = false);
    /// Writes all three, one after the other. What `bytes` view must live until then.
    awaitable<std::expected<void, Ending>> write(std::array<asio::const_buffer, 3> bytes,
                                                 SteadyTime deadline);

    /// Waits until the peer has closed its side, or is gone; for one that has no more to say meanwhile. When
    /// it says something, its next request, that cannot be told any more: then this waits until it is
    /// cancelled.
    awaitable<void> wait_for_end();

    /// Called by the ticker.
    void end_when_late(SteadyTime now);
    /// The service stops: a wait for a next request, this one or a later one, lasts until then and no longer.
    void end_when_idle(SteadyTime until);
    [[nodiscard]] bool is_ending() const { return idle_end_ != SteadyTime::max(); }

    /// No more answers follow; the peer learns it after the last one.
    void finish_sending();
    void close();
    /// Closes with RST, so that the peer notices that its answer was cut, also where the end of an answer is
    /// the end of the connection.
    void reset();

private:
    void begin_wait(SteadyTime deadline, bool is_idle);
    Ending end_wait();

    Socket socket_;
    SteadyTime deadline_ = SteadyTime::max();
    SteadyTime idle_end_ = SteadyTime::max();
    bool is_late_ = false;
    bool is_idle_ = false;
};

}  // namespace alma::http
