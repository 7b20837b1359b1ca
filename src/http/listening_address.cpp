#include "http/listening_address.hpp"

#include <boost/asio/io_context.hpp>

namespace alma::http {

using boost::asio::ip::tcp;
using boost::system::error_code;

tcp::endpoint find_endpoint(const std::string& host, std::uint16_t port, error_code& error) {
    const auto address = boost::asio::ip::make_address(host, error);
    if (!error) return {address, port};
    boost::asio::io_context loop;
    const auto found = tcp::resolver(loop).resolve(
        host, std::to_string(port), tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (!error && found.empty()) error = boost::asio::error::host_not_found;
    if (error) return {};
    return found.begin()->endpoint();
}

void bind(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, error_code& error) {
    acceptor.open(endpoint.protocol(), error);
    // A restart must not wait for the connections of the last run to time out.
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
}

std::string url_of(const std::string& host, std::uint16_t port) {
    const bool is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "http://[" + host + "]:" : "http://" + host + ":") + std::to_string(port);
}

}  // namespace alma::http
