// A Range header: whatever it says, the part is within the representation.
#include "http/byte_range.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace alma::http;
    if (size == 0) return 0;
    const std::string_view header(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::uint64_t total = data[0];
    const RangeChoice choice = choose_range(header, total);
    if (choice.kind == RangeChoice::Kind::part &&
        (choice.range.first > choice.range.last || choice.range.last >= total))
        std::abort();
    if (total == 0 && choice.kind == RangeChoice::Kind::part) std::abort();
    return 0;
}
