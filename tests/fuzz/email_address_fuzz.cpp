// What is accepted as an e-mail address must be harmless in a header, a list and a log, and fold to one form.
#include "base/email_address.hpp"
#include "base/encoding.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string folded = alma::fold_email(text);
    if (alma::fold_email(folded) != folded) std::abort();
    if (!alma::is_email_address(text)) return 0;

    const bool is_harmless = text.size() <= 254 && alma::is_utf8(text) &&
                             std::ranges::count(text, '@') == 1 && std::ranges::none_of(text, [](char byte) {
                                 return static_cast<unsigned char>(byte) <= 0x20 || byte == 0x7f;
                             });
    if (!is_harmless || !alma::is_utf8(folded)) std::abort();
    return 0;
}
