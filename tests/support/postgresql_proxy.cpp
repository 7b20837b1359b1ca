#include "support/postgresql_proxy.hpp"

#include "support/postgresql_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <memory>

namespace alma {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

}  // namespace

/// One connection of a client, and the one to the server that belongs to it.
struct PostgresqlProxy::Link : std::enable_shared_from_this<Link> {
    Link(PostgresqlProxy& owner, asio::ip::tcp::socket accepted)
        : proxy(owner), client(std::move(accepted)), server(client.get_executor()), born(owner.silenced_) {}

    void start() {
        server.connect(asio::local::stream_protocol::endpoint(proxy.upstream_));
        read_client();
        read_server();
    }

    [[nodiscard]] bool is_silent() const { return swallows || born != proxy.silenced_; }

    void read_client() {
        client.async_read_some(
            asio::buffer(from_client), [self = shared_from_this()](error_code error, std::size_t size) {
                if (error) return self->close();
                const std::string_view bytes(self->from_client.data(), size);
                const Fate fate = self->is_silent() ? Fate::swallow : self->proxy.judge(bytes);
                if (fate == Fate::swallow) {
                    self->swallows = true;
                } else {
                    asio::write(self->server, asio::buffer(bytes), error);
                }
                if (fate == Fate::pass_and_cut) self->client.close(error);
                if (self->client.is_open()) self->read_client();
            });
    }

    void read_server() {
        server.async_read_some(
            asio::buffer(from_server), [self = shared_from_this()](error_code error, std::size_t size) {
                const bool is_over = error || !self->client.is_open();
                if (is_over && !self->is_silent()) return self->close();
                if (error) return;  // the client must not hear of it
                if (!self->is_silent())
                    asio::write(self->client, asio::buffer(self->from_server, size), error);
                self->read_server();
            });
    }

    void close() {
        error_code ignored;
        client.close(ignored);
        server.close(ignored);
    }

    PostgresqlProxy& proxy;
    asio::ip::tcp::socket client;
    asio::local::stream_protocol::socket server;
    const int born;
    bool swallows = false;
    std::array<char, 65536> from_client{};
    std::array<char, 65536> from_server{};
};

PostgresqlProxy::PostgresqlProxy(const PostgresqlServer& server)
    : upstream_(server.socket_path()),
      acceptor_(loop_, {asio::ip::address_v4::loopback(), 0}),
      port_(acceptor_.local_endpoint().port()) {
    accept();
    thread_ = std::jthread([this] { loop_.run(); });
}

PostgresqlProxy::~PostgresqlProxy() {
    loop_.stop();
}

std::string PostgresqlProxy::uri(const std::string& database) const {
    return "postgresql://alma@127.0.0.1:" + std::to_string(port_) + "/" + database +
           "?sslmode=disable&gssencmode=disable";
}

void PostgresqlProxy::judge_by(Judge judge) {
    const std::lock_guard lock(mutex_);
    judge_ = std::move(judge);
}

PostgresqlProxy::Fate PostgresqlProxy::judge(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    return judge_ ? judge_(bytes) : Fate::pass;
}

void PostgresqlProxy::accept() {
    acceptor_.async_accept([this](error_code error, asio::ip::tcp::socket client) {
        if (error) return;
        ++connections_;
        std::make_shared<Link>(*this, std::move(client))->start();
        accept();
    });
}

}  // namespace alma
