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
#include <string_view>

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
    explicit Connection(Socket socket);

    /// Reads what there is, at least one byte.
    /// @param is_idle no request depends on it: end_when_idle may shorten the wait
    awaitable<std::expected<std::size_t, Ending>> read(std::span<char> into, SteadyTime deadline,
                                                       bool is_idle = false);
    /// Writes what the kernel takes at once, of nothing but a small answer nearly always all, and spares it
    /// the way through the event loop: the reactor, the queue of handlers, two coroutines.
    /// @return bytes of `first` and `second` that are gone; none also when the connection is broken, which
    /// the next write reports
    std::size_t write_at_once(std::string_view first, std::string_view second);
    /// Writes all three, one after the other. What `bytes` view must live until then.
    awaitable<std::expected<void, Ending>> write(std::array<asio::const_buffer, 3> bytes,
                                                 SteadyTime deadline);

    /// Waits until the peer has closed its side, or is gone; for one that has no more to say meanwhile. When
    /// it says something, its next request, that cannot be told any more: then this waits until it is
    /// cancelled.
    awaitable<void> wait_for_end();

    /// Until the socket takes more; for what writes to it by itself.
    awaitable<std::expected<void, Ending>> wait_until_writable(SteadyTime deadline);
    /// -1 once it is closed.
    [[nodiscard]] int descriptor() { return socket_.native_handle(); }
    [[nodiscard]] bool is_open() const { return socket_.is_open(); }

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
