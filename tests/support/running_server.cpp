#include "support/running_server.hpp"

#include <boost/asio/use_future.hpp>

namespace alma::http {
namespace {

/// Everyone is this attorney who says so.
awaitable<std::optional<Principal>> authenticate(Request& request) {
    std::optional<Principal> principal;
    if (request.header("Authorization") == "Bearer attorney")
        principal = Principal{1, "attorney@example.com", Role::attorney};
    co_return principal;
}

ServerConfig on_free_port(ServerConfig config) {
    config.port = 0;
    return config;
}

}  // namespace

RunningServer::RunningServer(std::vector<Route> routes, ServerConfig config, std::size_t threads)
    : router_(std::move(routes), authenticate) {
    std::vector<asio::io_context*> contexts;
    for (std::size_t i = 0; i < threads; ++i) {
        loops_.push_back(std::make_unique<Loop>());
        contexts.push_back(&loops_.back()->context);
    }
    const auto remember = [this](const Exchange& exchange) {
        const std::lock_guard lock(mutex_);
        exchanges_.push_back({std::string(exchange.method), std::string(exchange.path),
                              exchange.client.to_string(), std::string(exchange.request_id), exchange.status,
                              exchange.bytes_sent, exchange.route != nullptr});
    };
    server_ = std::make_unique<Server>(on_free_port(std::move(config)), router_, contexts, remember);
    server_->start();
    for (const auto& loop : loops_)
        loop->thread = std::thread([&context = loop->context] { context.run(); });
}

RunningServer::~RunningServer() {
    stop();
    for (const auto& loop : loops_)
        loop->work.reset();
    for (const auto& loop : loops_)
        loop->thread.join();
    server_.reset();
}

RawAnswer RunningServer::ask(std::string_view request) const {
    RawClient client(port());
    return client.ask(request).value_or(RawAnswer{});
}

void RunningServer::stop() {
    if (std::exchange(is_stopped_, true)) return;
    asio::co_spawn(loops_.front()->context, server_->stop(), asio::use_future).get();
}

std::vector<SeenExchange> RunningServer::exchanges() {
    const std::lock_guard lock(mutex_);
    return exchanges_;
}

}  // namespace alma::http
