// Cursors of GET /leads/: each position has exactly one text.
#include "leads/lead_list.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto position = alma::leads::parse_cursor(text);
        position && (position->id < 1 || alma::leads::to_cursor(*position) != text))
        std::abort();
    return 0;
}
