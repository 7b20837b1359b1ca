/// The address of this machine that a server listens at.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <string>

namespace alma::http {

/// @param host an IP address, or a name, of which the first address counts: then it may wait for the resolver
/// @param error set when it is neither
boost::asio::ip::tcp::endpoint find_endpoint(const std::string& host, std::uint16_t port,
                                             boost::system::error_code& error);

/// Opens the acceptor too.  @param error set when the address is not this machine's, or not to be had
void bind(boost::asio::ip::tcp::acceptor& acceptor, const boost::asio::ip::tcp::endpoint& endpoint,
          boost::system::error_code& error);

/// "http://127.0.0.1:8000", "http://[::1]:8000"
std::string url_of(const std::string& host, std::uint16_t port);

}  // namespace alma::http
