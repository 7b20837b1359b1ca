/// Accepts connections and gives each a session.
#pragma once

#include "http/forwarded.hpp"
#include "http/limits.hpp"
#include "http/router.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace alma::http {

struct ServerConfig {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8000;      ///< 0: any free one, see Server::port
    std::string public_base_url{};  ///< empty: from the request's Host
    TrustedProxies trusted_proxies{};
    Limits limits{};
};

/// One answered request, for the access log and the metrics. Holds no query string.
struct Exchange {
    const Route* route = nullptr;  ///< null when none matched
    std::string_view method;
    std::string_view path;  ///< as sent, without the query
    std::string_view request_id;
    asio::ip::address client;
    unsigned status = 0;
    std::uint64_t bytes_sent = 0;
    std::chrono::nanoseconds duration{};  ///< from the whole header to the last byte of the answer
};
/// Called on the session's event loop after each answer; must not block.
using OnExchange = std::function<void(const Exchange&)>;

class Server {
public:
    /// @param loops one per thread; the caller runs them. Sessions are spread over them evenly.
    /// @throws Error{invalid} with a text for people when the address cannot be bound: "port 8000 on
    /// 127.0.0.1 is in use"
    Server(ServerConfig config, const Router& router, std::vector<asio::io_context*> loops,
           OnExchange on_exchange);
    ~Server();

    void start();
    [[nodiscard]] std::uint16_t port() const;

    /// Takes no new connections, finishes requests in flight and those that are on their way already (at most
    /// Limits::drain_time), ends connections without one, then cuts what is left. Completes when the last
    /// session is gone, or a second after the cut. To be called once; on any loop, while all loops run.
    awaitable<void> stop();

    [[nodiscard]] std::size_t connections() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace alma::http
