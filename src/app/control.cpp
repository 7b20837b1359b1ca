#include "app/control.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace alma::app {
namespace {

using Local = asio::local::stream_protocol;
using boost::system::error_code;

constexpr std::size_t max_outcome_bytes = 64 * 1024 * 1024;

/// A name for the socket that fits into sun_path's 108 bytes, however deep the directory lies.
class SocketName {
public:
    explicit SocketName(const std::filesystem::path& directory)
        : text_((directory / "control.sock").string()) {
        if (text_.size() < sizeof(sockaddr_un::sun_path)) return;
        directory_ = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (directory_ >= 0) text_ = fmt::format("/proc/self/fd/{}/control.sock", directory_);
    }
    ~SocketName() {
        if (directory_ >= 0) ::close(directory_);
    }
    SocketName(const SocketName&) = delete;
    SocketName& operator=(const SocketName&) = delete;

    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
    int directory_ = -1;
};

/// Cancels what a socket is at, when it takes too long; what it is at after the life of this, never.
class Deadline {
public:
    Deadline(const std::shared_ptr<Local::socket>& socket, std::chrono::milliseconds time)
        : timer_(socket->get_executor(), time) {
        timer_.async_wait([socket, is_over = is_over_](error_code error) {
            if (!error && !*is_over) socket->cancel();
        });
    }
    // A timer that has gone off cannot be called back: its handler may stand in the loop's queue already.
    ~Deadline() { *is_over_ = true; }
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

private:
    std::shared_ptr<bool> is_over_ = std::make_shared<bool>(false);
    asio::steady_timer timer_;
};

}  // namespace

struct ControlServer::State {
    State(asio::io_context& on_loop, const std::filesystem::path& directory, Handler on_command,
          ControlLimits bounds)
        : loop(on_loop),
          name(directory),
          acceptor(on_loop),
          changed(on_loop),
          handler(std::move(on_command)),
          limits(bounds) {}

    asio::io_context& loop;
    const SocketName name;
    Local::acceptor acceptor;
    asio::steady_timer changed;  ///< cancelled when a connection ends
    Handler handler;
    ControlLimits limits;
    std::size_t open = 0;
    bool is_stopping = false;

    awaitable<void> next_change(
        asio::steady_timer::time_point until = asio::steady_timer::time_point::max()) {
        changed.expires_at(until);
        error_code ignored;
        co_await changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

    awaitable<Outcome> answer_to(std::string text) const {
        if (text.size() > limits.command_bytes)
            co_return Outcome{.error = "the command is too long", .users = {}};
        Command command;
        try {
            command = parse_command(text);
        } catch (const Error& refusal) {
            co_return Outcome{.error = refusal.detail(), .users = {}};
        }
        log::info("command", {{"command", command.name}});
        co_return co_await handler(std::move(command));
    }

    awaitable<void> converse(std::shared_ptr<Local::socket> socket) {
        std::string command;
        error_code error;
        {
            const Deadline deadline(socket, limits.command_time);
            co_await asio::async_read(*socket, asio::dynamic_buffer(command, limits.command_bytes + 1),
                                      asio::redirect_error(asio::use_awaitable, error));
        }
        if (error && error != asio::error::eof) co_return;
        const Outcome outcome = co_await answer_to(std::move(command));
        const std::string answer = to_json(outcome);
        const Deadline deadline(socket, limits.answer_time);
        co_await asio::async_write(*socket, asio::buffer(answer),
                                   asio::redirect_error(asio::use_awaitable, error));
    }

    static awaitable<void> serve(std::shared_ptr<State> state, std::shared_ptr<Local::socket> socket) {
        try {
            co_await state->converse(std::move(socket));
        } catch (const std::exception& failure) {
            log::error("the control socket failed", {{"error", failure.what()}});
        }
        --state->open;
        state->changed.cancel();
    }

    static awaitable<void> accept(std::shared_ptr<State> state) {
        while (!state->is_stopping) {
            if (state->open >= state->limits.connections) {
                co_await state->next_change();
                continue;
            }
            auto socket = std::make_shared<Local::socket>(state->loop);
            error_code error;
            co_await state->acceptor.async_accept(*socket, asio::redirect_error(asio::use_awaitable, error));
            if (state->is_stopping) co_return;
            if (error) {  // out of descriptors: others will end
                asio::steady_timer pause(state->loop, std::chrono::milliseconds(100));
                co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
                continue;
            }
            ++state->open;
            asio::co_spawn(state->loop, serve(state, std::move(socket)), asio::detached);
        }
    }
};

ControlServer::ControlServer(asio::io_context& loop, const std::filesystem::path& directory, Handler handler,
                             ControlLimits limits)
    : state_(std::make_shared<State>(loop, directory, std::move(handler), limits)) {
    const SocketName& name = state_->name;
    ::unlink(name.text().c_str());
    state_->acceptor.open(Local());
    // On Linux the mode of the unbound socket is what bind gives the file: it is never open to others.
    ::fchmod(state_->acceptor.native_handle(), 0600);
    state_->acceptor.bind(Local::endpoint(name.text()));
    state_->acceptor.listen(static_cast<int>(limits.connections));
}

ControlServer::~ControlServer() = default;

void ControlServer::start() {
    asio::co_spawn(state_->loop, State::accept(state_), asio::detached);
}

awaitable<void> ControlServer::stop() {
    const std::shared_ptr<State> state = state_;
    state->is_stopping = true;
    state->acceptor.close();
    ::unlink(state->name.text().c_str());
    state->changed.cancel();
    const auto deadline = std::chrono::steady_clock::now() + state->limits.stop_time;
    while (state->open > 0 && std::chrono::steady_clock::now() < deadline)
        co_await state->next_change(deadline);
    if (state->open > 0) log::warning("commands are left without an answer", {{"commands", state->open}});
}

namespace {

/// A blocking connection of the client's.
class Connection {
public:
    /// @return nothing when no server listens
    static std::optional<Connection> to(const SocketName& name) {
        Connection connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (name.text().size() >= sizeof address.sun_path) fail("the path is too long");
        std::memcpy(address.sun_path, name.text().c_str(), name.text().size());
        if (::connect(connection.socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            return connection;
        if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR) return std::nullopt;
        fail(std::generic_category().message(errno));
    }

    ~Connection() {
        if (socket_ >= 0) ::close(socket_);
    }
    Connection(Connection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
    Connection& operator=(Connection&&) = delete;

    void send(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) fail("it closed the connection");
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        ::shutdown(socket_, SHUT_WR);
    }

    [[nodiscard]] std::string receive() const {
        std::string text;
        std::array<char, 16 * 1024> block{};
        while (true) {
            const ssize_t got = ::recv(socket_, block.data(), block.size(), 0);
            if (got < 0) fail("it gave no answer in time");
            if (got == 0) return text;
            text.append(block.data(), static_cast<std::size_t>(got));
            if (text.size() > max_outcome_bytes) fail("its answer is too long");
        }
    }

private:
    explicit Connection(int socket) : socket_(socket) {
        if (socket < 0) fail("no socket could be made");
        const timeval patience{.tv_sec = 60, .tv_usec = 0};
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }

    [[noreturn]] static void fail(std::string_view problem) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("the running server cannot be asked over its control socket: {}", problem));
    }

    int socket_;
};

}  // namespace

std::optional<Outcome> ask_server(const std::filesystem::path& directory, const Command& command) {
    const SocketName name(directory);
    const std::optional<Connection> connection = Connection::to(name);
    if (!connection) return std::nullopt;
    connection->send(to_json(command));
    try {
        return parse_outcome(connection->receive());
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::unavailable) throw;
        throw Error(ErrorKind::unavailable, "the running server gave no answer that can be read");
    }
}

}  // namespace alma::app
