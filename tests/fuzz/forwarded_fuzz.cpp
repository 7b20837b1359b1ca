// The chain of proxies: no header makes an address that nobody wrote, and an untrusted peer is never
// believed.
#include "http/forwarded.hpp"

#include <cstdint>
#include <cstdlib>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace alma::http;
    static const TrustedProxies proxies{.v4 = {boost::asio::ip::make_network_v4("10.0.0.0/8")},
                                        .v6 = {boost::asio::ip::make_network_v6("fd00::/8")}};
    static const auto trusted = boost::asio::ip::make_address("10.0.0.1");
    static const auto foreign = boost::asio::ip::make_address("203.0.113.9");
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t middle = std::min(text.find('\n'), text.size());
    const std::vector<Header> headers{{"X-Forwarded-For", text.substr(0, middle)},
                                      {"Forwarded", text.substr(std::min(middle + 1, text.size()))},
                                      {"X-Forwarded-Host", text.substr(0, middle)}};
    for (std::size_t count = 1; count <= headers.size(); ++count) {
        const Origin origin = origin_of(trusted, "leads.example", std::span(headers).first(count), proxies);
        if (!is_host(origin.host)) std::abort();
        if (normalised(origin.client) != origin.client) std::abort();
        if (origin_of(foreign, "a", std::span(headers).first(count), proxies).client != foreign) std::abort();
    }
    return 0;
}
