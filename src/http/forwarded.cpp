#include "http/forwarded.hpp"

#include "base/encoding.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <optional>

namespace alma::http {
namespace {

using asio::ip::address;

constexpr std::size_t max_host = 255;

bool contains_v4(const std::vector<asio::ip::network_v4>& networks, const asio::ip::address_v4& wanted) {
    return std::ranges::any_of(networks, [&](const asio::ip::network_v4& network) {
        return asio::ip::network_v4(wanted, network.prefix_length()).network() == network.network();
    });
}

bool contains_v6(const std::vector<asio::ip::network_v6>& networks, const asio::ip::address_v6& wanted) {
    return std::ranges::any_of(networks, [&](const asio::ip::network_v6& network) {
        return asio::ip::network_v6(wanted, network.prefix_length()).network() == network.network();
    });
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`
std::optional<address> parse_node(std::string_view node) {
    if (node.starts_with('[')) {
        const std::size_t end = node.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view rest = node.substr(end + 1);
        if (!rest.empty() && !(rest.front() == ':' && is_digits(rest.substr(1)))) return std::nullopt;
        node = node.substr(1, end - 1);
    } else if (std::ranges::count(node, ':') == 1) {
        if (!is_digits(node.substr(node.find(':') + 1))) return std::nullopt;
        node = node.substr(0, node.find(':'));
    }
    // A zone is of no meaning beyond the machine that wrote it.
    if (node.contains('%')) return std::nullopt;
    boost::system::error_code error;
    const address parsed = asio::ip::make_address(std::string(node), error);
    if (error) return std::nullopt;
    return normalised(parsed);
}

/// One hop: what the proxy that added it saw.
struct Hop {
    std::optional<address> client;
    std::string proto;
    std::string host;
};

std::optional<Hop> parse_forwarded_element(std::string_view element) {
    Hop hop;
    while (!element.empty()) {
        std::optional<Parameter> parameter = take_parameter(element);
        if (!parameter) return std::nullopt;
        if (equals_ignoring_case(parameter->name, "for")) hop.client = parse_node(parameter->value);
        if (equals_ignoring_case(parameter->name, "proto")) hop.proto = std::move(parameter->value);
        if (equals_ignoring_case(parameter->name, "host")) hop.host = std::move(parameter->value);
    }
    return hop;
}

/// The elements of all fields of that name, in their order.
std::vector<std::string_view> elements_of(std::span<const Header> headers, std::string_view name) {
    std::vector<std::string_view> elements;
    for (const Header& header : headers) {
        if (!equals_ignoring_case(header.name, name)) continue;
        std::ranges::copy(split_list(header.value), std::back_inserter(elements));
    }
    return elements;
}

std::vector<Hop> forwarded_hops(std::span<const Header> headers) {
    std::vector<Hop> hops;
    for (const std::string_view element : elements_of(headers, "Forwarded")) {
        hops.push_back(parse_forwarded_element(element).value_or(Hop{}));
    }
    return hops;
}

std::vector<Hop> x_forwarded_hops(std::span<const Header> headers) {
    std::vector<Hop> hops;
    for (const std::string_view element : elements_of(headers, "X-Forwarded-For")) {
        hops.push_back({.client = parse_node(element), .proto = {}, .host = {}});
    }
    // A proxy sets these for the connection it has; it need not keep a list of them.
    const std::vector<std::string_view> protos = elements_of(headers, "X-Forwarded-Proto");
    const std::vector<std::string_view> hosts = elements_of(headers, "X-Forwarded-Host");
    if (hops.empty() && (!protos.empty() || !hosts.empty())) hops.emplace_back();
    if (!protos.empty()) hops.back().proto = protos.back();
    if (!hosts.empty()) hops.back().host = hosts.back();
    return hops;
}

address client_of(const address& peer, const std::vector<Hop>& hops, const TrustedProxies& proxies) {
    address client = peer;
    for (auto hop = hops.rbegin(); hop != hops.rend() && proxies.contains(client); ++hop) {
        if (!hop->client) break;
        client = *hop->client;
    }
    return client;
}

}  // namespace

bool TrustedProxies::contains(const address& wanted) const {
    const address plain = normalised(wanted);
    return plain.is_v4() ? contains_v4(v4, plain.to_v4()) : contains_v6(v6, plain.to_v6());
}

address normalised(const address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    return address;
}

bool is_host(std::string_view text) {
    if (text.empty() || text.size() > max_host) return false;
    const bool is_bracketed = text.starts_with('[');
    const std::size_t name_end = is_bracketed ? text.find(']') + 1 : std::min(text.find(':'), text.size());
    if (name_end == 0) return false;
    const std::string_view port = text.substr(name_end);
    if (!port.empty() && !(port.front() == ':' && port.size() <= 6 && is_digits(port.substr(1))))
        return false;
    if (is_bracketed) {
        boost::system::error_code error;
        asio::ip::make_address_v6(std::string(text.substr(1, name_end - 2)), error);
        return !error && !text.contains('%');
    }
    const auto is_name_char = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
               c == '-' || c == '_';
    };
    return name_end > 0 && std::ranges::all_of(text.substr(0, name_end), is_name_char);
}

Origin origin_of(const address& peer, std::string_view host, std::span<const Header> headers,
                 const TrustedProxies& proxies) {
    Origin origin{.client = normalised(peer), .host = std::string(host)};
    if (!proxies.contains(origin.client)) return origin;

    const std::vector<Hop> forwarded = forwarded_hops(headers);
    const std::vector<Hop> x_forwarded = x_forwarded_hops(headers);
    if (!forwarded.empty() && !x_forwarded.empty() &&
        client_of(origin.client, forwarded, proxies) != client_of(origin.client, x_forwarded, proxies)) {
        return origin;
    }
    const std::vector<Hop>& hops = forwarded.empty() ? x_forwarded : forwarded;
    if (hops.empty()) return origin;
    origin.client = client_of(origin.client, hops, proxies);
    const Hop& nearest = hops.back();
    if (equals_ignoring_case(nearest.proto, "https")) origin.scheme = "https";
    if (is_host(nearest.host)) origin.host = nearest.host;
    return origin;
}

}  // namespace alma::http
