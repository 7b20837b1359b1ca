/// One connection from its first request to its last.
#pragma once

#include "http/connection.hpp"
#include "http/head.hpp"
#include "http/input_buffer.hpp"
#include "http/request_body.hpp"
#include "http/response_writer.hpp"
#include "http/session_loop.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <string>

namespace alma::http {

/// Reads one request after the other, within the limits, and has each answered before it looks at the next:
/// so answers are in order, however requests were pipelined.
class Session final : public LoopMember {
public:
    /// Takes over the connection, and its place.
    static void start(Socket socket, asio::ip::address peer, std::shared_ptr<SessionLoop> loop,
                      ConnectionPlace place);

    Session(Socket socket, asio::ip::address peer, std::shared_ptr<SessionLoop> loop, ConnectionPlace place);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void end_when_late(SteadyTime now) override { connection_.end_when_late(now); }
    void end_when_idle() override;
    void abort() override;

private:
    static awaitable<void> run(std::shared_ptr<Session> self);
    awaitable<bool> read_request();
    awaitable<void> refuse(Refusal refusal);
    awaitable<bool> serve();
    awaitable<Response> answer(const Router::Match& match, std::string_view& first_piece);
    awaitable<void> linger();
    void fill_request();
    void fill_origin();
    void end_request();
    [[nodiscard]] Response unrouted(const Router::Match& match) const;
    [[nodiscard]] ResponseFrame frame_of(const Response& response, bool keeps_alive) const;
    void report(Status status);
    [[nodiscard]] bool is_head() const { return head_.method == "HEAD"; }
    [[nodiscard]] const Limits& limits() const { return loop_->server().config.limits; }

    std::shared_ptr<SessionLoop> loop_;
    ConnectionPlace place_;
    Connection connection_;
    asio::ip::address peer_;
    asio::cancellation_signal abort_signal_;
    InputBuffer input_;
    Head head_;
    Request request_;
    std::optional<RequestBody> body_;
    ResponseWriter writer_;
    // Of the current request:
    const Route* route_ = nullptr;
    SteadyTime begin_;
};

}  // namespace alma::http
