#include "http/listener.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "http/listening_address.hpp"
#include "http/session.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

namespace alma::http {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

/// How long to wait when there is no file descriptor for a connection; nothing tells us when there is one.
constexpr std::chrono::milliseconds back_off{100};
constexpr std::chrono::hours for_a_vacancy{1};

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
