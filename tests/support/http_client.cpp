#include "support/http_client.hpp"

#include "base/encoding.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace alma::http {
namespace {

constexpr int patience_ms = 5000;

bool is_readable(int socket, int milliseconds) {
    pollfd wanted{.fd = socket, .events = POLLIN, .revents = 0};
    return poll(&wanted, 1, milliseconds) > 0;
}

}  // namespace

std::string RawAnswer::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
}

RawClient::RawClient(std::uint16_t port, int receive_buffer)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0)
        setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot connect");
}

RawClient::~RawClient() {
    close(socket_);
}

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void RawClient::finish_sending() {
    shutdown(socket_, SHUT_WR);
}

bool RawClient::read_more() {
    if (!is_readable(socket_, patience_ms)) return false;
    std::array<char, 65536> piece{};
    const ssize_t bytes = recv(socket_, piece.data(), piece.size(), 0);
    if (bytes <= 0) return false;
    input_.append(piece.data(), static_cast<std::size_t>(bytes));
    return true;
}

std::optional<std::string> RawClient::take_line() {
    std::size_t end = input_.find("\r\n");
    while (end == std::string::npos) {
        if (!read_more()) return std::nullopt;
        end = input_.find("\r\n");
    }
    std::string line = input_.substr(0, end);
    input_.erase(0, end + 2);
    return line;
}

std::optional<std::string> RawClient::take(std::size_t bytes) {
    while (input_.size() < bytes) {
        if (!read_more()) return std::nullopt;
    }
    std::string taken = input_.substr(0, bytes);
    input_.erase(0, bytes);
    return taken;
}

std::optional<RawAnswer> RawClient::receive(bool is_head) {
    RawAnswer answer;
    std::optional<std::string> line = take_line();
    if (!line || line->size() < 12 || !line->starts_with("HTTP/1.1 ")) return std::nullopt;
    answer.status = std::stoi(line->substr(9, 3));
    while ((line = take_line()) && !line->empty()) {
        const std::size_t colon = line->find(": ");
        if (colon == std::string::npos) return std::nullopt;
        answer.headers.emplace(ascii_lower(line->substr(0, colon)), line->substr(colon + 2));
    }
    if (!line) return std::nullopt;
    if (is_head || answer.status < 200 || answer.status == 204 || answer.status == 304) return answer;
    if (answer.headers.contains("content-length")) {
        const std::optional<std::string> body = take(std::stoul(answer.header("content-length")));
        if (!body) return std::nullopt;
        answer.body = *body;
    } else if (answer.header("transfer-encoding") == "chunked") {
        while (true) {
            const std::optional<std::string> size = take_line();
            if (!size || size->empty()) return std::nullopt;
            const std::size_t bytes = std::stoul(*size, nullptr, 16);
            const std::optional<std::string> chunk = take(bytes + 2);
            if (!chunk || !chunk->ends_with("\r\n")) return std::nullopt;
            if (bytes == 0) break;
            answer.body.append(*chunk, 0, bytes);
        }
    } else {
        answer.body = receive_rest();
    }
    return answer;
}

bool RawClient::is_closed_within(std::chrono::milliseconds time) {
    if (!input_.empty() || !is_readable(socket_, static_cast<int>(time.count()))) return false;
    char byte = 0;
    return recv(socket_, &byte, 1, 0) <= 0;
}

std::string RawClient::receive_rest() {
    while (read_more()) {
    }
    return std::exchange(input_, {});
}

std::optional<RawAnswer> RawClient::ask(std::string_view request) {
    send(request);
    return receive(request.starts_with("HEAD "));
}

}  // namespace alma::http
