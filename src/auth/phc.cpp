#include "auth/phc.hpp"

#include <sodium.h>

#include <array>
#include <charconv>

namespace alma::auth {
namespace {

constexpr std::uint32_t max_memory_kib = 256 * 1024;
constexpr std::uint32_t min_memory_kib_per_lane = 8;  // RFC 9106 section 3.1
constexpr std::uint32_t max_passes = 10;
constexpr std::uint32_t max_lanes = 64;

bool take(std::string_view& text, std::string_view literal) {
    if (!text.starts_with(literal)) return false;
    text.remove_prefix(literal.size());
    return true;
}

std::optional<std::uint32_t> take_number(std::string_view& text) {
    std::uint32_t number = 0;
    if (text.starts_with('0')) return std::nullopt;
    const auto [stopped_at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stopped_at - text.data()));
    return number;
}

/// "m=65536", and what comes next.
std::optional<std::uint32_t> take_parameter(std::string_view& text, std::string_view name, char end) {
    if (!take(text, name)) return std::nullopt;
    const std::optional<std::uint32_t> value = take_number(text);
    if (!take(text, std::string_view(&end, 1))) return std::nullopt;
    return value;
}

/// The length of what the base64 text stands for.
std::optional<std::size_t> decoded_bytes(std::string_view base64) {
    std::array<unsigned char, 128> bytes;
    std::size_t length = 0;
    if (sodium_base642bin(bytes.data(), bytes.size(), base64.data(), base64.size(), nullptr, &length, nullptr,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
        return std::nullopt;
    return length;
}

bool is_between(std::size_t value, std::size_t least, std::size_t most) {
    return value >= least && value <= most;
}

}  // namespace

std::optional<PhcParameters> parse_phc(std::string_view text) {
    PhcParameters phc;
    if (take(text, "$argon2id$")) {
        phc.variant = Argon2::id;
    } else if (take(text, "$argon2i$")) {
        phc.variant = Argon2::i;
    } else {
        return std::nullopt;
    }
    if (!take(text, "v=19$")) return std::nullopt;

    const auto memory_kib = take_parameter(text, "m=", ',');
    const auto passes = memory_kib ? take_parameter(text, "t=", ',') : std::nullopt;
    const auto lanes = passes ? take_parameter(text, "p=", '$') : std::nullopt;
    if (!lanes) return std::nullopt;
    phc.memory_kib = *memory_kib;
    phc.passes = *passes;
    phc.lanes = *lanes;
    if (!is_between(phc.passes, 1, max_passes) || !is_between(phc.lanes, 1, max_lanes) ||
        !is_between(phc.memory_kib, min_memory_kib_per_lane * phc.lanes, max_memory_kib))
        return std::nullopt;

    const std::size_t dollar = text.find('$');
    if (dollar == std::string_view::npos) return std::nullopt;
    const std::optional<std::size_t> salt_bytes = decoded_bytes(text.substr(0, dollar));
    const std::optional<std::size_t> tag_bytes = decoded_bytes(text.substr(dollar + 1));
    if (!salt_bytes || !is_between(*salt_bytes, 8, 64) || !tag_bytes || !is_between(*tag_bytes, 16, 128))
        return std::nullopt;
    phc.salt_bytes = *salt_bytes;
    phc.tag_bytes = *tag_bytes;
    return phc;
}

}  // namespace alma::auth
