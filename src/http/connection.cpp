#include "http/connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace alma::http {

Connection::Connection(Socket socket) : socket_(std::move(socket)) {
    boost::system::error_code ignored;  // of a socket that is broken already: the first read says so
    socket_.non_blocking(true, ignored);
}

std::size_t Connection::write_at_once(std::string_view first, std::string_view second) {
    const std::array buffers{asio::buffer(first), asio::buffer(second)};
    boost::system::error_code error;
    const std::size_t bytes = socket_.write_some(buffers, error);
    return error ? 0 : bytes;
}

awaitable<std::expected<std::size_t, Ending>> Connection::read(std::span<char> into, SteadyTime deadline,
                                                               bool is_idle) {
    begin_wait(is_idle ? std::min(deadline, idle_end_) : deadline, is_idle);
    boost::system::error_code error;
    const std::size_t bytes = co_await socket_.async_read_some(
        asio::buffer(into.data(), into.size()), asio::redirect_error(asio::use_awaitable, error));
    const Ending ending = end_wait();
    // What came in the same moment as the deadline still counts.
    if (error) co_return std::unexpected(ending);
    co_return bytes;
}

awaitable<std::expected<void, Ending>> Connection::write(std::array<asio::const_buffer, 3> bytes,
                                                         SteadyTime deadline) {
    begin_wait(deadline, false);
    boost::system::error_code error;
    co_await asio::async_write(socket_, bytes, asio::redirect_error(asio::use_awaitable, error));
    const Ending ending = end_wait();
    if (error) co_return std::unexpected(ending);
    co_return std::expected<void, Ending>();
}

awaitable<void> Connection::wait_for_end() {
    char next = 0;
    boost::system::error_code error;
    co_await socket_.async_receive(asio::buffer(&next, 1), asio::socket_base::message_peek,
                                   asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    asio::steady_timer never(socket_.get_executor(), asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

awaitable<std::expected<void, Ending>> Connection::wait_until_writable(SteadyTime deadline) {
    begin_wait(deadline, false);
    boost::system::error_code error;
    co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(asio::use_awaitable, error));
    const Ending ending = end_wait();
    if (error) co_return std::unexpected(ending);
    co_return std::expected<void, Ending>();
}

void Connection::begin_wait(SteadyTime deadline, bool is_idle) {
    deadline_ = deadline;
    is_idle_ = is_idle;
    is_late_ = false;
}

Ending Connection::end_wait() {
    deadline_ = SteadyTime::max();
    is_idle_ = false;
    return is_late_ ? Ending::late : Ending::closed;
}

void Connection::end_when_late(SteadyTime now) {
    if (now < deadline_) return;
    is_late_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void Connection::end_when_idle(SteadyTime until) {
    idle_end_ = until;
    if (is_idle_) deadline_ = std::min(deadline_, until);
}

void Connection::finish_sending() {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Connection::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void Connection::reset() {
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

}  // namespace alma::http
