/// What the sessions of one event loop share.
#pragma once

#include "base/async.hpp"
#include "http/pace.hpp"
#include "http/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace alma::http {

/// What all sessions of a server share. Holds nothing that belongs to a loop, so that the last session may
/// take it along whichever loop ends last.
struct ServerContext : std::enable_shared_from_this<ServerContext> {
    ServerContext(ServerConfig server_config, const Router& server_router, OnExchange observer)
        : config(std::move(server_config)), router(server_router), on_exchange(std::move(observer)) {}

    ServerConfig config;
    const Router& router;
    OnExchange on_exchange;
    std::atomic<std::size_t> connections = 0;
    std::atomic<bool> is_stopping = false;
    std::function<void()> on_vacancy;  ///< a connection has ended while all were in use; from any thread
};

/// The place of one connection among ServerContext::connections; given back when this goes, whoever holds it
/// then. Movable.
class ConnectionPlace {
public:
    explicit ConnectionPlace(ServerContext& server) : server_(server.shared_from_this()) {
        ++server_->connections;
    }
    ~ConnectionPlace() {
        if (!server_) return;
        const bool were_all_in_use = server_->connections-- >= server_->config.limits.connections;
        if (were_all_in_use && server_->on_vacancy) server_->on_vacancy();
    }
    ConnectionPlace(ConnectionPlace&&) = default;
    ConnectionPlace& operator=(ConnectionPlace&&) = delete;
    ConnectionPlace(const ConnectionPlace&) = delete;
    ConnectionPlace& operator=(const ConnectionPlace&) = delete;

private:
    std::shared_ptr<ServerContext> server_;
};

/// A session as its loop sees it.
class LoopMember : public boost::intrusive::list_base_hook<> {
public:
    virtual void end_when_late(SteadyTime now) = 0;
    virtual void end_when_idle() = 0;
    virtual void abort() = 0;

protected:
    ~LoopMember() = default;
};

/// Used on its loop only, but for the constructor, context() and server().
class SessionLoop : public std::enable_shared_from_this<SessionLoop> {
public:
    SessionLoop(asio::io_context& loop, std::shared_ptr<ServerContext> context);

    /// Begins to watch over deadlines and to keep the date.
    void start();
    /// Ends what has no request when Limits::last_request_time has passed; what is at a request ends after
    /// it.
    void end_idle();
    /// Ends everything, wherever it is.
    void abort();
    /// Lets the loop run out of work.
    void stop_ticking();

    void add(LoopMember& member) { members_.push_back(member); }
    void remove(LoopMember& member) { members_.erase(members_.iterator_to(member)); }

    /// The header line; at most a second old.
    [[nodiscard]] std::string_view date() const { return date_line_; }
    /// Unique among all loops and starts; not secret.
    void write_request_id(std::string& out);

    [[nodiscard]] asio::io_context& context() const { return loop_; }
    [[nodiscard]] ServerContext& server() const { return *server_; }

private:
    static awaitable<void> tick(std::shared_ptr<SessionLoop> self);
    [[nodiscard]] std::chrono::milliseconds tick_interval() const;

    asio::io_context& loop_;
    std::shared_ptr<ServerContext> server_;
    asio::steady_timer ticker_;
    bool is_ticking_ = true;
    boost::intrusive::list<LoopMember> members_;
    std::string date_line_;
    std::string id_prefix_;
    std::uint64_t ids_ = 0;
};

}  // namespace alma::http
