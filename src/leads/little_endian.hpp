/// Numbers in the formats of the PC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace alma::leads {

/// The number in `width` bytes, 1 to 4, from `offset` on, least significant first. All of them must be there.
constexpr std::uint32_t little_endian_at(std::string_view bytes, std::size_t offset, std::size_t width) {
    std::uint32_t number = 0;
    for (std::size_t i = width; i-- > 0;)
        number = number << 8 | static_cast<unsigned char>(bytes[offset + i]);
    return number;
}

}  // namespace alma::leads
