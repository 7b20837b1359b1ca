#include "http/session.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "http/forwarded.hpp"
#include "http/grammar.hpp"
#include "http/problem.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/detached.hpp>
#include <boost/system/system_error.hpp>

#include <charconv>

namespace alma::http {
namespace {

/// Up to this size a body is copied behind its head: one buffer is cheaper to write than two.
constexpr std::size_t max_copied_body = 2 * KiB;
constexpr std::size_t max_written_piece = 64 * KiB;
constexpr std::chrono::milliseconds linger_when_stopping{200};
constexpr std::chrono::milliseconds first_busy_pause{20};
constexpr std::chrono::milliseconds max_busy_pause{1000};

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

void append_chunk_size(std::string& out, std::size_t size) {
    std::array<char, 20> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
    out.append(digits.data(), end);
    out += "\r\n";
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
      send_pace_(loop_->server().config.limits) {
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
    const bool is_sent = co_await send(response, frame);
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
        if (route_ != nullptr) body_->set_limit(route_->body_limit, too_large_text(*route_));
        request_.body = &*body_;
    }

    Response response = co_await answer(match);
    const bool is_body_done = !body_ || body_->can_be_skipped();
    const ResponseFrame frame =
        frame_of(response, head_.keeps_alive && is_body_done && !connection_.is_ending());
    bool is_sent = co_await send(response, frame);
    if (is_sent && response.source && !is_head()) is_sent = co_await send_source(*response.source, frame);
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
    first_piece_ = {};
    send_pace_ = Pace(limits());
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

awaitable<Response> Session::answer(const Router::Match& match) {
    std::exception_ptr failure;
    try {
        if (route_ == nullptr) co_return unrouted(match);
        Response response = co_await loop_->server().router.call(*route_, request_);
        check_headers(response);
        // As long as nothing is sent, a source that fails can still be answered for.
        if (response.source && !is_head()) first_piece_ = co_await response.source->next();
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

/// Sends the head, and the body when it is not to come from a source.
/// @return false when the client is gone or too slow
awaitable<bool> Session::send(const Response& response, const ResponseFrame& frame) {
    bytes_sent_ = 0;
    head_out_.clear();
    write_response_head(head_out_, response, frame);
    // The head goes out together with the first piece.
    if (response.source && !is_head()) co_return true;
    std::string_view body = response.body;
    if (is_head() || response.source || frame.framing == Framing::none) body = {};
    if (body.size() <= max_copied_body) {
        head_out_ += body;
        body = {};
    }
    co_return co_await write_paced(head_out_, body);
}

/// Sends the pieces of a source, the first with the head before it.
/// @return false when the connection has to end, so that the client takes no part of an answer for the whole
awaitable<bool> Session::send_source(BodySource& source, const ResponseFrame& frame) {
    const bool is_chunked = frame.framing == Framing::chunked;
    std::uint64_t length = 0;
    std::string_view piece = frame.framing == Framing::none ? std::string_view() : first_piece_;
    std::string failure;
    try {
        while (!piece.empty()) {
            length += piece.size();
            if (frame.framing == Framing::length && length > frame.length) break;
            if (is_chunked) append_chunk_size(head_out_, piece.size());
            if (!co_await write_paced(head_out_, piece, is_chunked ? "\r\n" : "")) co_return false;
            head_out_.clear();
            piece = co_await next_piece(source);
        }
        if (frame.framing == Framing::length && length != frame.length)
            failure = "its length is not what it said";
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) throw;
        failure = error.what();
    } catch (const std::exception& error) {
        failure = error.what();
    }
    if (!failure.empty()) {
        log::error("answer cut short", {{"request_id", request_.id}, {"error", failure}});
        connection_.reset();
        co_return false;
    }
    if (is_chunked) head_out_ += "0\r\n\r\n";
    co_return head_out_.empty() || co_await write_paced(head_out_);
}

/// A source that is busy is asked again, and again: the answer has begun, and cannot become a 503.
awaitable<std::string_view> Session::next_piece(BodySource& source) {
    const SteadyTime end = std::chrono::steady_clock::now() + limits().busy_source_time;
    std::chrono::milliseconds pause = first_busy_pause;
    while (true) {
        try {
            co_return co_await source.next();
        } catch (const Error& error) {
            const bool may_wait = std::chrono::steady_clock::now() + pause <= end;
            if (error.kind() != ErrorKind::unavailable || !may_wait) throw;
        }
        asio::steady_timer timer(loop_->context(), pause);
        co_await timer.async_wait(asio::use_awaitable);
        pause = std::min(2 * pause, max_busy_pause);
    }
}

/// Writes all three. What is long goes in pieces, since only the deadline of a piece notices a client that
/// stalls.
awaitable<bool> Session::write_paced(std::string_view bytes, std::string_view more, std::string_view rest) {
    while (true) {
        const std::string_view piece = more.substr(0, max_written_piece);
        more.remove_prefix(piece.size());
        const bool is_last = more.empty();
        const std::array buffers{asio::buffer(bytes), asio::buffer(piece),
                                 asio::buffer(is_last ? rest : std::string_view())};
        bytes_sent_ += asio::buffer_size(buffers);
        const SteadyTime begin = std::chrono::steady_clock::now();
        const auto written =
            co_await connection_.write(buffers, send_pace_.send_deadline(begin, bytes_sent_));
        send_pace_.count(std::chrono::steady_clock::now() - begin);
        if (!written) {
            connection_.reset();
            co_return false;
        }
        if (is_last) co_return true;
        bytes = {};
    }
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
                        .bytes_sent = bytes_sent_,
                        .duration = std::chrono::steady_clock::now() - begin_});
}

}  // namespace alma::http
