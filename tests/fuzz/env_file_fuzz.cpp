#include "app/env_file.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        for (const auto& [name, value] : alma::app::parse_env_file(text)) {
            if (name.empty() || value.size() > size) std::abort();
        }
    } catch (const alma::Error&) {
    }
    return 0;
}
