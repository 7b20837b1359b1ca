// Forms and queries: any bytes are pairs or a refusal, and what is encoded comes back as it was.
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "http/urlencoded.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const alma::http::NameValues pairs = alma::http::parse_urlencoded(text);
        std::string encoded;
        for (const auto& [name, value] : pairs) {
            if (!encoded.empty()) encoded += '&';
            encoded += alma::percent_encode(name) + '=' + alma::percent_encode(value);
        }
        if (alma::http::parse_urlencoded(encoded) != pairs) std::abort();
    } catch (const alma::Error&) {
        return 0;
    }
    return 0;
}
