#include "http/server.hpp"

#include "base/log.hpp"
#include "http/listener.hpp"
#include "http/session_loop.hpp"

#include <boost/asio/this_coro.hpp>

namespace alma::http {
namespace {

/// What is cut gets this long to notice.
constexpr std::chrono::milliseconds abort_time{1000};
constexpr std::chrono::milliseconds look_interval{5};

awaitable<void> wait_for_last(const ServerContext& server, SteadyTime deadline) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (server.connections > 0 && std::chrono::steady_clock::now() < deadline) {
        timer.expires_after(look_interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

}  // namespace

struct Server::State {
    std::shared_ptr<ServerContext> context;
    std::vector<std::shared_ptr<SessionLoop>> loops;
    std::shared_ptr<Listener> listener;

    /// Calls `action` with every loop, on that loop.
    template <class Action>
    void on_each_loop(Action action) const {
        for (const std::shared_ptr<SessionLoop>& loop : loops) {
            asio::post(loop->context(), [loop, action] { action(*loop); });
        }
    }
    void end() const {
        listener->close();
        on_each_loop([](SessionLoop& loop) { loop.stop_ticking(); });
    }
};

Server::Server(ServerConfig config, const Router& router, std::vector<asio::io_context*> loops,
               OnExchange on_exchange)
    : state_(std::make_shared<State>()) {
    state_->context = std::make_shared<ServerContext>(std::move(config), router, std::move(on_exchange));
    for (asio::io_context* loop : loops)
        state_->loops.push_back(std::make_shared<SessionLoop>(*loop, state_->context));
    state_->listener = std::make_shared<Listener>(state_->loops);
    state_->context->on_vacancy = [listener = std::weak_ptr(state_->listener)] {
        if (const std::shared_ptr<Listener> there = listener.lock()) there->wake();
    };
}

Server::~Server() {
    state_->end();
}

void Server::start() {
    for (const std::shared_ptr<SessionLoop>& loop : state_->loops)
        loop->start();
    state_->listener->start();
}

std::uint16_t Server::port() const {
    return state_->listener->port();
}

std::size_t Server::connections() const {
    return state_->context->connections;
}

awaitable<void> Server::stop() {
    const std::shared_ptr<State> state = state_;
    const ServerContext& context = *state->context;
    const SteadyTime deadline = std::chrono::steady_clock::now() + context.config.limits.drain_time;
    state->context->is_stopping = true;
    state->on_each_loop([](SessionLoop& loop) { loop.end_idle(); });
    auto last_connections = Listener::finish(state->listener, deadline);
    co_await asio::co_spawn(state->loops.front()->context(), std::move(last_connections),
                            asio::use_awaitable);
    co_await wait_for_last(context, deadline);
    if (context.connections > 0) {
        log::warning("requests cut off at the end", {{"connections", context.connections.load()}});
        state->on_each_loop([](SessionLoop& loop) { loop.abort(); });
        co_await wait_for_last(context, std::chrono::steady_clock::now() + abort_time);
    }
    state->end();
}

}  // namespace alma::http
