#include "http/listener.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "http/listening_address.hpp"
#include "http/session.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <linux/filter.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

namespace alma::http {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

/// How long to wait when there is no file descriptor for a connection; nothing tells us when there is one.
constexpr std::chrono::milliseconds back_off{100};
constexpr std::chrono::hours for_a_vacancy{1};
constexpr std::chrono::milliseconds look_interval{5};

/// "port 8000 on 127.0.0.1 is in use": in words that say what to do.
[[noreturn]] void refuse_address(const ServerConfig& config, const error_code& error) {
    const std::string where = fmt::format("port {} on {}", config.port, config.host);
    std::string what;
    if (error == asio::error::address_in_use) {
        what = where + " is in use: stop the program that uses it, or set PORT to another one";
    } else if (error == asio::error::access_denied) {
        what = where + " may not be used by this user: set PORT to one above 1023";
    } else if (error == boost::system::errc::address_not_available) {
        what = fmt::format("{} is no address of this machine: set HOST to one, or to 0.0.0.0 for all",
                           config.host);
    } else {
        what = fmt::format("cannot listen at {}: {}", where, error.message());
    }
    throw Error(ErrorKind::invalid, std::move(what));
}

tcp::endpoint endpoint_of(const ServerConfig& config) {
    error_code error;
    const tcp::endpoint endpoint = find_endpoint(config.host, config.port, error);
    if (error) {
        throw Error(ErrorKind::invalid,
                    fmt::format("{} is no address or known name: set HOST to an address of this machine",
                                config.host));
    }
    return endpoint;
}

void listen(tcp::acceptor& acceptor, const ServerConfig& config) {
    error_code error;
    bind(acceptor, endpoint_of(config), error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) refuse_address(config, error);
}

/// From now on the kernel drops each SYN, whose sender tries again within a second and is refused then;
/// handshakes that it has begun are finished. A socket filter (classic BPF) sees a TCP segment from its
/// header on. Where the kernel does not take one, only connections that are made in the very moment of
/// closing are lost.
void begin_no_handshakes(int listening_socket) {
    constexpr std::uint32_t flags_at = 13, syn = 0x02, ack = 0x10;  // RFC 9293 section 3.1
    constexpr std::uint32_t dropped = 0, whole = 0xffff'ffff;
    std::array<sock_filter, 5> program{
        sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_at),
        sock_filter BPF_STMT(BPF_ALU | BPF_AND | BPF_K, syn | ack),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, syn, 0, 1),
        sock_filter BPF_STMT(BPF_RET | BPF_K, dropped),
        sock_filter BPF_STMT(BPF_RET | BPF_K, whole),
    };
    const sock_fprog filter{.len = program.size(), .filter = program.data()};
    ::setsockopt(listening_socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

}  // namespace

Listener::Listener(std::vector<std::shared_ptr<SessionLoop>> loops)
    : loops_(std::move(loops)),
      server_(loops_.front()->server()),
      acceptor_(loops_.front()->context()),
      pause_(loops_.front()->context()) {
    listen(acceptor_, server_.config);
    port_ = acceptor_.local_endpoint().port();
}

void Listener::start() {
    asio::co_spawn(loops_.front()->context(), accept_all(shared_from_this()), asio::detached);
}

awaitable<void> Listener::finish(std::shared_ptr<Listener> self, SteadyTime deadline) {
    begin_no_handshakes(self->acceptor_.native_handle());
    asio::steady_timer timer(self->loops_.front()->context(), self->server_.config.limits.handshake_time);
    co_await timer.async_wait(asio::use_awaitable);
    // accept_all takes them, as fast as there are places.
    while (self->has_waiting_connections() && std::chrono::steady_clock::now() < deadline) {
        timer.expires_after(look_interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
    self->close();
}

bool Listener::has_waiting_connections() {
    if (!acceptor_.is_open()) return false;
    pollfd look{.fd = acceptor_.native_handle(), .events = POLLIN, .revents = 0};
    return ::poll(&look, 1, 0) > 0;
}

void Listener::close() {
    asio::post(loops_.front()->context(), [self = shared_from_this()] {
        error_code ignored;
        self->acceptor_.close(ignored);
        self->pause_.cancel();
    });
}

void Listener::wake() {
    asio::post(loops_.front()->context(), [self = shared_from_this()] { self->pause_.cancel(); });
}

awaitable<void> Listener::accept_all(std::shared_ptr<Listener> self) {
    while (self->acceptor_.is_open()) {
        // Between this look and the wait, no other handler of the loop runs: a wake cannot get lost.
        if (self->server_.connections >= self->server_.config.limits.connections) {
            co_await self->wait(for_a_vacancy);
        } else {
            co_await self->accept_one();
        }
    }
}

awaitable<void> Listener::accept_one() {
    SessionLoop& loop = next_loop();
    tcp::endpoint peer;
    error_code error;
    Socket socket = co_await acceptor_.async_accept(loop.context(), peer,
                                                    asio::redirect_error(asio::use_awaitable, error));
    if (error) {
        if (!acceptor_.is_open() || error == asio::error::connection_aborted) co_return;
        // Out of files or memory, as a rule; whatever it is, the next try would fail as well.
        if (!std::exchange(is_short_of_files_, true))
            log::warning("cannot accept connections", {{"error", error.message()}});
        co_await wait(back_off);
        co_return;
    }
    is_short_of_files_ = false;
    socket.set_option(tcp::no_delay(true), error);
    auto begin = [socket = std::move(socket), address = peer.address(), owner = loop.shared_from_this(),
                  place = ConnectionPlace(server_)]() mutable {
        Session::start(std::move(socket), std::move(address), std::move(owner), std::move(place));
    };
    asio::post(loop.context(), std::move(begin));
}

awaitable<void> Listener::wait(std::chrono::milliseconds time) {
    pause_.expires_after(time);
    error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

/// In turn: connections are alike, and many.
SessionLoop& Listener::next_loop() {
    return *loops_[accepted_++ % loops_.size()];
}

}  // namespace alma::http
