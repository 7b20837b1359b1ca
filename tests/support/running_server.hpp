/// A server on a thread of its own, on any free port of the loopback.
#pragma once

#include "http/server.hpp"
#include "support/http_client.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace alma::http {

/// What the server told of one request.
struct SeenExchange {
    std::string method;
    std::string path;
    std::string client;
    std::string request_id;
    unsigned status = 0;
    std::uint64_t bytes_sent = 0;
    bool has_route = false;
};

class RunningServer {
public:
    explicit RunningServer(std::vector<Route> routes, ServerConfig config = {}, std::size_t threads = 1);
    ~RunningServer();

    [[nodiscard]] std::uint16_t port() const { return server_->port(); }
    [[nodiscard]] Server& server() { return *server_; }
    /// One connection, one request, one answer; status 0 when there was none.
    RawAnswer ask(std::string_view request) const;
    /// Begins Server::stop and waits for its end.
    void stop();
    std::vector<SeenExchange> exchanges();

private:
    struct Loop {
        asio::io_context context;
        asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
        std::thread thread;
    };

    Router router_;
    std::vector<std::unique_ptr<Loop>> loops_;
    std::mutex mutex_;
    std::vector<SeenExchange> exchanges_;
    std::unique_ptr<Server> server_;
    bool is_stopped_ = false;
};

}  // namespace alma::http
