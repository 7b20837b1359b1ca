// The gate and the parser behind it: any bytes are a request or a refusal, however they are cut, and a head
// that passes holds what the gate promises.
#include "http/forwarded.hpp"
#include "http/grammar.hpp"
#include "http/head.hpp"

#include <strings.h>

#include <cstdint>
#include <cstdlib>
#include <functional>

namespace {

using namespace alma::http;

void require(bool holds) {
    if (!holds) std::abort();
}

bool lies_within(std::string_view part, std::string_view whole) {
    const std::less_equal<const char*> is_before;
    return part.empty() || (is_before(whole.data(), part.data()) &&
                            is_before(part.data() + part.size(), whole.data() + whole.size()));
}

/// @return the size of the head, 0 while incomplete, or the negative status of the refusal
int scan(std::string_view bytes, std::size_t piece, const Limits& limits) {
    HeadScanner scanner(limits);
    std::size_t length = 0;
    do {
        length = std::min(length + piece, bytes.size());
        const auto size = scanner.scan(bytes.substr(0, length));
        if (!size) return -static_cast<int>(size.error().status);
        if (*size > 0) return static_cast<int>(*size);
    } while (length < bytes.size());
    return 0;
}

void check(const Head& head, std::string_view bytes) {
    require(is_token(head.method) && lies_within(head.method, bytes) && lies_within(head.target, bytes));
    require(head.path.starts_with('/') || head.path == "*");
    require(head.version == 10 || (head.version == 11 && is_host(head.host)));
    require(!head.is_chunked || (!head.content_length && head.version == 11));
    int framings = 0;
    for (const Header& field : head.headers) {
        require(is_token(field.name) && lies_within(field.name, bytes) && lies_within(field.value, bytes));
        require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
        const std::string name(field.name);
        framings += strcasecmp(name.c_str(), "content-length") == 0 ||
                    strcasecmp(name.c_str(), "transfer-encoding") == 0;
    }
    require(framings == (head.is_chunked || head.content_length ? 1 : 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Limits limits{.header_bytes = 2048, .header_line_bytes = 1024, .header_fields = 20};
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const int whole = scan(bytes, bytes.size() + 1, limits);
    const int cut = scan(bytes, 1, limits);
    // Byte by byte, another of several faults may show first; whether there is one does not depend on it.
    require((whole > 0) == (cut > 0) && (whole == 0) == (cut == 0));
    if (whole <= 0) return 0;
    require(whole == cut);
    Head head;
    const std::string_view head_bytes = bytes.substr(0, static_cast<std::size_t>(whole));
    if (!read_head(head_bytes, limits, head)) check(head, head_bytes);
    return 0;
}
