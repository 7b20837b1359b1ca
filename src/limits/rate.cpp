#include "base/error.hpp"
#include "limits/keyed_hash.hpp"
#include "limits/rate_limiter.hpp"

#include <charconv>
#include <utility>

namespace alma::limits {
namespace {

constexpr std::size_t max_count = 10'000;

constexpr std::pair<std::string_view, std::chrono::seconds> units[] = {
    {"second", std::chrono::seconds(1)},
    {"minute", std::chrono::minutes(1)},
    {"hour", std::chrono::hours(1)},
};

std::optional<std::size_t> parse_count(std::string_view text) {
    std::size_t count = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc() || stopped_at != end || count < 1 || count > max_count) return std::nullopt;
    return count;
}

template <std::size_t N>
std::string_view prefix_of(const std::array<unsigned char, N>& address, std::size_t bytes) {
    return {reinterpret_cast<const char*>(address.data()), bytes};
}

}  // namespace

std::optional<Rate> parse_rate(std::string_view text) {
    if (text == "off") return std::nullopt;
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        const std::optional<std::size_t> count = parse_count(text.substr(0, slash));
        for (const auto& [unit, window] : units) {
            if (count && text.substr(slash + 1) == unit) return Rate{.count = *count, .window = window};
        }
    }
    throw Error(ErrorKind::invalid,
                "is no rate: N/second, N/minute or N/hour with N from 1 to 10000, or off");
}

std::string source_of(const boost::asio::ip::address& client, std::string_view secret) {
    namespace ip = boost::asio::ip;
    if (client.is_v4()) return keyed_hash("ipv4", prefix_of(client.to_v4().to_bytes(), 4), secret);
    const ip::address_v6 v6 = client.to_v6();
    if (v6.is_v4_mapped()) return source_of(ip::make_address_v4(ip::v4_mapped, v6), secret);
    return keyed_hash("ipv6/64", prefix_of(v6.to_bytes(), 8), secret);
}

}  // namespace alma::limits
