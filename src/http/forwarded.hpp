/// Who a request comes from, and where it was sent to, when proxies stand between.
#pragma once

#include "http/message.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alma::http {

/// Addresses whose X-Forwarded-For and Forwarded (RFC 7239) are believed.
struct TrustedProxies {
    std::vector<asio::ip::network_v4> v4;
    std::vector<asio::ip::network_v6> v6;
    [[nodiscard]] bool contains(const asio::ip::address& address) const;
};

/// ::ffff:192.0.2.1 -> 192.0.2.1: one client, one address, whichever socket it came by.
asio::ip::address normalised(const asio::ip::address& address);

/// uri-host [ ":" port ] (RFC 9110 section 7.2): letters, digits, '.', '-', '_', or an IPv6 address in
/// brackets; at most 255 characters.
bool is_host(std::string_view text);

struct Origin {
    asio::ip::address client;
    std::string_view scheme = "http";  ///< "http" or "https"
    std::string host;                  ///< as sent, checked by is_host
};

/// Reads the chain of proxies from its near end: the client is the first address that is no trusted proxy.
/// What stands beyond is the client's own word and counts for nothing. Where an address is hidden or broken,
/// the client is the last one that was not. When the headers of both kinds are there and disagree, one of
/// them is not the proxy's: then neither is believed.
/// @param peer the other end of the connection
/// @param host of the Host header
Origin origin_of(const asio::ip::address& peer, std::string_view host, std::span<const Header> headers,
                 const TrustedProxies& proxies);

}  // namespace alma::http
