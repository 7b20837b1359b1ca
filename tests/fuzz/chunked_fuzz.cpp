// A chunked body gives the same content, the same end, or a refusal, in one piece and byte by byte.
#include "base/error.hpp"
#include "http/chunked.hpp"

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

namespace {

/// The content, whether it is whole, and how much was used; absent when refused.
std::optional<std::string> decode(std::string_view body, std::size_t piece) {
    alma::http::ChunkedDecoder decoder;
    std::string content;
    std::size_t used = 0;
    try {
        while (used < body.size() && !decoder.is_done()) {
            const std::string fed(body.substr(used, piece));
            std::string_view input = fed;
            while (!input.empty() && !decoder.is_done())
                content += decoder.decode(input);
            used += fed.size() - input.size();
        }
    } catch (const alma::Error&) {
        return std::nullopt;
    }
    return content + '|' + std::to_string(used) + (decoder.is_done() ? " whole" : " cut");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const auto whole = decode(body, size + 1);
    if (decode(body, 1) != whole || decode(body, 5) != whole) std::abort();
    return 0;
}
