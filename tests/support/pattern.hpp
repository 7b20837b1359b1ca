/// Content whose every piece differs from every other: a swapped, lost or doubled piece shows.
#pragma once

#include <cstdint>
#include <string>

namespace alma {

inline std::string pattern(std::size_t size, std::uint32_t seed = 1) {
    std::string bytes(size, '\0');
    std::uint32_t state = seed;
    for (char& byte : bytes) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

}  // namespace alma
