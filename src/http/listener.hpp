/// Accepts connections and hands them to the loops.
#pragma once

#include "http/session_loop.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace alma::http {

/// One socket for all loops. One per loop, with SO_REUSEPORT, would let a second instance of the service take
/// the same port, and half of the requests, without a word.
class Listener : public std::enable_shared_from_this<Listener> {
public:
    /// Listens at once. @param loops the first one accepts for all
    /// @throws Error{invalid} naming the address and what to do
    explicit Listener(std::vector<std::shared_ptr<SessionLoop>> loops);

    void start();
    /// Refuses new connections; those that the kernel has taken already become sessions, like any others:
    /// their clients may have sent a request, and cannot know whether it was read. Completes when there are
    /// none left, or at the deadline. Runs on the first loop, while sessions are served.
    static awaitable<void> finish(std::shared_ptr<Listener> self, SteadyTime deadline);
    /// From any thread; refuses connections soon after, and resets those that wait.
    void close();
    /// A connection has ended; from any thread.
    void wake();

    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    static awaitable<void> accept_all(std::shared_ptr<Listener> self);
    awaitable<void> accept_one();
    awaitable<void> wait(std::chrono::milliseconds time);
    [[nodiscard]] bool has_waiting_connections();
    SessionLoop& next_loop();

    std::vector<std::shared_ptr<SessionLoop>> loops_;
    ServerContext& server_;
    asio::ip::tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    std::uint16_t port_ = 0;
    std::size_t accepted_ = 0;
    bool is_short_of_files_ = false;
};

}  // namespace alma::http
