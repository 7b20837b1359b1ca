#include "http/session.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "http/forwarded.hpp"
#include "http/grammar.hpp"
#include "http/problem.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/detached.hpp>
#include <boost/system/system_error.hpp>

namespace alma::http {
namespace {

constexpr std::chrono::milliseconds linger_when_stopping{200};

std::optional<Method> known_method(const Head& head) {
    return parse_method(head.method);
}

/// Only what cannot harm a log, a header or a search.
bool is_request_id(std::string_view id) {
    return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
               c == '_' || c == '-';
    });
}

/// The route's own words for a body that is too large, when it documents some.
std::string_view too_large_text(const Route& route) {
    if (route.operation != nullptr) {
        for (const Failure& failure : route.operation->failures) {
            if (failure.status == static_cast<int>(Status::payload_too_large)) return failure.detail;
        }
    }
    return "Request body too large";
}

bool has_no_body(Status status) {
    return status == Status::no_content || status == Status::not_modified;
}

}  // namespace

void Session::start(Socket socket, asio::ip::address peer, std::shared_ptr<SessionLoop> loop,
                    ConnectionPlace place) {
    asio::io_context& context = loop->context();
    auto session =
        std::make_shared<Session>(std::move(socket), std::move(peer), std::move(loop), std::move(place));
    const asio::cancellation_slot slot = session->abort_signal_.slot();
    asio::co_spawn(context, run(std::move(session)), asio::bind_cancellation_slot(slot, asio::detached));
}

Session::Session(Socket socket, asio::ip::address peer, std::shared_ptr<SessionLoop> loop,
                 ConnectionPlace place)
    : loop_(std::move(loop)),
      place_(std::move(place)),
      connection_(std::move(socket)),
      peer_(normalised(peer)),
      writer_(connection_, loop_->context(), loop_->server().config.limits) {
    loop_->add(*this);
    if (loop_->server().is_stopping) end_when_idle();
}

Session::~Session() {
    loop_->remove(*this);
}

void Session::end_when_idle() {
    connection_.end_when_idle(std::chrono::steady_clock::now() + limits().last_request_time);
}

void Session::abort() {
    abort_signal_.emit(asio::cancellation_type::terminal);
    connection_.reset();
}

awaitable<void> Session::run(std::shared_ptr<Session> self) {
    try {
        while (co_await self->read_request() && co_await self->serve()) {
        }
    } catch (const boost::system::system_error& failure) {
        if (failure.code() != asio::error::operation_aborted)
            log::error("connection failed", {{"error", failure.what()}});
    } catch (const std::exception& failure) {
        log::error("connection failed", {{"error", failure.what()}});
    }
    self->connection_.close();
}

/// @return false when there is no request to serve, and the connection is to end
awaitable<bool> Session::read_request() {
    head_.clear();
    HeadScanner scanner(limits());
    bool has_begun = !input_.empty();
    bool may_skip_line = true;
    SteadyTime deadline =
        std::chrono::steady_clock::now() + (has_begun ? limits().header_time : limits().idle_time);
    while (true) {
        // RFC 9112 section 2.2: old clients send an empty line behind a body.
        if (may_skip_line && input_.unread().starts_with("\r\n")) {
            input_.consume(2);
            may_skip_line = false;
            // It begins no request: what waits for one is still idle.
            if (input_.empty() && std::exchange(has_begun, false))
                deadline = std::chrono::steady_clock::now() + limits().idle_time;
        }
        if (!input_.empty() && input_.unread() != "\r") {
            const std::expected<std::size_t, Refusal> size = scanner.scan(input_.unread());
            std::optional<Refusal> refusal;
            if (!size) {
                refusal = size.error();
            } else if (*size > 0) {
                begin_ = std::chrono::steady_clock::now();
                refusal = read_head(input_.unread().substr(0, *size), limits(), head_);
                input_.consume(*size);
                if (!refusal) co_return true;
            }
            if (refusal) {
                co_await refuse(*refusal);
                co_return false;
            }
        }
        const auto bytes = co_await connection_.read(input_.space(), deadline, !has_begun);
        if (!bytes) {
            if (bytes.error() == Ending::late && has_begun)
                co_await refuse({Status::request_timeout, "The request header came too slowly"});
            co_return false;
        }
        input_.commit(*bytes);
        if (!std::exchange(has_begun, true))
            deadline = std::chrono::steady_clock::now() + limits().header_time;
    }
}

/// Answers what is no request.
awaitable<void> Session::refuse(Refusal refusal) {
    begin_ = std::chrono::steady_clock::now();
    route_ = nullptr;
    request_.client = peer_;
    loop_->write_request_id(request_.id);
    const Response response = problem(refusal.status, refusal.detail);
    const ResponseFrame frame = frame_of(response, false);
    const bool is_sent = co_await writer_.send(response, frame, {});
    report(refusal.status);
    if (is_sent) co_await linger();
}

/// @return whether the connection goes on
awaitable<bool> Session::serve() {
    fill_request();
    ServerContext& server = loop_->server();
    const Router::Match match = server.router.match(request_);
    route_ = known_method(head_) ? match.route : nullptr;
    if (head_.has_body()) {
        body_.emplace(connection_, input_, head_, limits());
        if (route_ != nullptr && route_->body_limit > 0) {
            body_->set_limit(route_->body_limit, too_large_text(*route_));
            request_.body = &*body_;
        }
    }

    std::string_view first_piece;
    const Response response = co_await answer(match, first_piece);
    const bool is_body_done = !body_ || body_->can_be_skipped();
    const ResponseFrame frame =
        frame_of(response, head_.keeps_alive && is_body_done && !connection_.is_ending());
    const bool is_sent = co_await writer_.send(response, frame, first_piece);
    report(response.status);

    if (!is_sent) co_return false;
    if (!frame.keeps_alive) {
        // A client that asked for the end, and has said all it had to, needs no more care.
        const bool is_clean = !head_.keeps_alive && !body_ && input_.empty();
        if (!is_clean) co_await linger();
        co_return false;
    }
    if (body_ && !co_await body_->skip()) co_return false;
    end_request();
    co_return true;
}

void Session::fill_request() {
    request_.method = known_method(head_).value_or(Method::get);
    request_.target = head_.target;
    request_.path = head_.path;
    request_.query = head_.query;
    request_.headers.swap(head_.headers);
    request_.content_length = head_.content_length;
    request_.body = nullptr;
    const std::optional<std::string_view> id = request_.header("X-Request-ID");
    if (id && is_request_id(*id)) {
        request_.id = *id;
    } else {
        loop_->write_request_id(request_.id);
    }
    fill_origin();
}

void Session::fill_origin() {
    const ServerConfig& config = loop_->server().config;
    const bool has_proxies = !config.trusted_proxies.v4.empty() || !config.trusted_proxies.v6.empty();
    Origin origin{.client = peer_, .host = {}};
    std::string_view host = head_.host;
    if (has_proxies) {
        origin = origin_of(peer_, head_.host, request_.headers, config.trusted_proxies);
        host = origin.host;
    }
    request_.client = origin.client;
    if (!config.public_base_url.empty()) {
        request_.base_url = config.public_base_url;
    } else {
        // An HTTP/1.0 client may not have said where it was going.
        request_.base_url.assign(origin.scheme).append("://").append(host.empty() ? "localhost" : host);
    }
}

/// What the request viewed may go.
void Session::end_request() {
    request_.headers.swap(head_.headers);
    if (body_) {
        body_->finish();
        body_.reset();
    }
    input_.shrink();
}

/// @param first_piece of the answer's source: as long as nothing is sent, one that fails can still be
/// answered for
awaitable<Response> Session::answer(const Router::Match& match, std::string_view& first_piece) {
    std::exception_ptr failure;
    try {
        if (route_ == nullptr) co_return unrouted(match);
        Response response = co_await loop_->server().router.call(*route_, request_);
        check_headers(response);
        if (response.source && !is_head()) first_piece = co_await response.source->next();
        co_return response;
    } catch (...) {
        failure = std::current_exception();
    }
    co_return problem_from(std::move(failure), request_.id);
}

Response Session::unrouted(const Router::Match& match) const {
    const bool is_options = head_.method == "OPTIONS";
    if (match.allow.empty() && !(is_options && head_.path == "*"))
        return problem(Status::not_found, "Not Found");
    const std::string_view allow =
        match.allow.empty() ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" : match.allow;
    Response response;
    if (is_options) {
        response.status = Status::no_content;
    } else {
        response = problem(Status::method_not_allowed, "Method Not Allowed");
    }
    response.with("Allow", std::string(allow));
    return response;
}

ResponseFrame Session::frame_of(const Response& response, bool keeps_alive) const {
    ResponseFrame frame;
    frame.keeps_alive = keeps_alive;
    frame.is_http_1_0 = head_.version == 10;
    frame.is_head_alone = is_head();
    frame.date = loop_->date();
    frame.request_id = request_.id;
    if (has_no_body(response.status)) {
        frame.framing = Framing::none;
    } else if (!response.source) {
        frame.length = response.body.size();
    } else if (const std::optional<std::uint64_t> length = response.source->length()) {
        frame.length = *length;
    } else if (frame.is_http_1_0) {
        frame.framing = Framing::to_close;
        frame.keeps_alive = false;
    } else {
        frame.framing = Framing::chunked;
    }
    return frame;
}

/// Reads and drops what the client still sends, until it has seen the answer and closes.
awaitable<void> Session::linger() {
    connection_.finish_sending();
    const bool is_stopping = connection_.is_ending();
    const SteadyTime deadline =
        std::chrono::steady_clock::now() +
        (is_stopping ? std::min(linger_when_stopping, limits().linger_time) : limits().linger_time);
    const auto dropped = std::make_unique_for_overwrite<char[]>(RequestBody::piece_bytes);
    std::size_t total = 0;
    while (total < limits().linger_bytes) {
        const auto bytes =
            co_await connection_.read({dropped.get(), RequestBody::piece_bytes}, deadline, !is_stopping);
        if (!bytes) break;
        total += *bytes;
    }
}

void Session::report(Status status) {
    const ServerContext& server = loop_->server();
    if (!server.on_exchange) return;
    server.on_exchange({.route = route_,
                        .method = head_.method,
                        .path = head_.path,
                        .request_id = request_.id,
                        .client = request_.client,
                        .status = static_cast<unsigned>(status),
                        .bytes_sent = writer_.bytes_sent(),
                        .duration = std::chrono::steady_clock::now() - begin_});
}

}  // namespace alma::http
