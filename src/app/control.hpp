/// The control socket: how the command line reaches the server that owns a DATA_DIR.
///
/// A Unix socket, mode 0600, in DATA_DIR; one command per connection: a JSON object and the end of the stream
/// there, a JSON object and the end of the stream back.
#pragma once

#include "app/commands.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

namespace alma::app {

struct ControlLimits {
    std::size_t command_bytes = 64 * 1024;
    std::chrono::milliseconds command_time{5'000};  ///< for a whole command to arrive
    std::chrono::milliseconds answer_time{30'000};  ///< for the answer to leave
    std::chrono::milliseconds stop_time{5'000};     ///< for the commands in work, when the server stops
    std::size_t connections = 16;                   ///< further ones wait
};

/// The server's end. Runs on one event loop.
class ControlServer {
public:
    using Handler = std::function<awaitable<Outcome>(Command)>;

    /// Replaces what an earlier process left at the socket's place: the caller owns the directory.
    ControlServer(asio::io_context& loop, const std::filesystem::path& directory, Handler handler,
                  ControlLimits limits = {});
    ~ControlServer();

    void start();
    /// Takes no more commands, removes the socket, and completes when those in work are answered, or after
    /// ControlLimits::stop_time; what is not done then is left to itself.
    awaitable<void> stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Asks the server that owns `directory`. Blocks, for at most a minute.
/// @return nothing when no server listens there
/// @throws Error{unavailable} when it listens but does not answer
std::optional<Outcome> ask_server(const std::filesystem::path& directory, const Command& command);

}  // namespace alma::app
