#include "app/access_log.hpp"

#include "base/log.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <chrono>
#include <string>

namespace alma::app {
namespace {

/// asio's own passes through sprintf, which takes longer than the rest of the line.
std::string text_of(const asio::ip::address& address) {
    if (!address.is_v4()) return address.to_string();
    const auto bytes = address.to_v4().to_bytes();
    std::string text;
    for (const unsigned char byte : bytes) {
        if (!text.empty()) text += '.';
        text += fmt::format_int(byte).c_str();
    }
    return text;
}

}  // namespace

void log_exchange(const http::Exchange& exchange) {
    if (!log::is_enabled(log::Level::info)) return;
    log::info("request",
              {{"request_id", exchange.request_id},
               {"method", exchange.method},
               {"path", exchange.path},
               {"status", exchange.status},
               {"duration_ms", std::chrono::duration<double, std::milli>(exchange.duration).count()},
               {"bytes", exchange.bytes_sent},
               {"client", text_of(exchange.client)}});
}

}  // namespace alma::app
