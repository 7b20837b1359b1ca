/// A way to a PostgreSQL server on which connections fall silent or end, as a test wants it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace alma {

class PostgresqlServer;

/// Listens on 127.0.0.1, on a thread of its own, until it is destroyed.
class PostgresqlProxy {
public:
    enum class Fate {
        pass,
        swallow,  ///< this and all that comes later, both ways: the connection stays open and says nothing
        pass_and_cut,  ///< the server gets it, and the connection ends before its answer
    };
    /// What becomes of bytes that a client has sent. Called on the proxy's thread.
    using Judge = std::function<Fate(std::string_view)>;

    explicit PostgresqlProxy(const PostgresqlServer& server);
    ~PostgresqlProxy();
    PostgresqlProxy(const PostgresqlProxy&) = delete;
    PostgresqlProxy& operator=(const PostgresqlProxy&) = delete;

    [[nodiscard]] std::string uri(const std::string& database) const;
    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// From now on; before, all passes.
    void judge_by(Judge judge);
    /// Those that are open now fall silent for ever; new ones do not.
    void silence_open_connections() { ++silenced_; }
    /// How many there were.
    [[nodiscard]] int connections() const { return connections_; }

private:
    struct Link;
    void accept();
    [[nodiscard]] Fate judge(std::string_view bytes);

    const std::string upstream_;
    boost::asio::io_context loop_{1};
    boost::asio::ip::tcp::acceptor acceptor_;
    const std::uint16_t port_;
    std::mutex mutex_;
    Judge judge_;
    std::atomic<int> silenced_ = 0;
    std::atomic<int> connections_ = 0;
    std::jthread thread_;
};

}  // namespace alma
