#include "base/uuid.hpp"

#include "base/encoding.hpp"

#include <sodium.h>

#include <array>

namespace alma {
namespace {

constexpr bool is_hyphen_at(std::size_t i) {
    return i == 8 || i == 13 || i == 18 || i == 23;
}

}  // namespace

Uuid random_uuid() {
    Uuid uuid;
    randombytes_buf(uuid.data, sizeof uuid.data);
    uuid.data[6] = static_cast<std::uint8_t>((uuid.data[6] & 0x0f) | 0x40);
    uuid.data[8] = static_cast<std::uint8_t>((uuid.data[8] & 0x3f) | 0x80);
    return uuid;
}

void append_text(std::string& out, const Uuid& uuid) {
    static constexpr char digits[] = "0123456789abcdef";
    std::array<char, 36> text;
    text.fill('-');
    std::size_t at = 0;
    for (const std::uint8_t byte : uuid) {
        if (is_hyphen_at(at)) ++at;
        text[at++] = digits[byte >> 4];
        text[at++] = digits[byte & 0x0f];
    }
    out.append(text.data(), text.size());
}

std::string to_text(const Uuid& uuid) {
    std::string text;
    append_text(text, uuid);
    return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Uuid uuid;
    std::size_t at = 0;
    for (std::uint8_t& byte : uuid) {
        if (is_hyphen_at(at)) {
            if (text[at] != '-') return std::nullopt;
            ++at;
        }
        const int high = hex_value(text[at++]);
        const int low = hex_value(text[at++]);
        if (high < 0 || low < 0) return std::nullopt;
        byte = static_cast<std::uint8_t>(high << 4 | low);
    }
    return uuid;
}

}  // namespace alma
