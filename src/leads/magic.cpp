#include "leads/magic.hpp"

#include <magic.h>

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace alma::leads {
namespace {

struct Close {
    void operator()(magic_t cookie) const { ::magic_close(cookie); }
};
using Cookie = std::unique_ptr<std::remove_pointer_t<magic_t>, Close>;

/// No more than the library's own bounds.
constexpr std::array<std::pair<int, std::size_t>, 5> bounds = {{
    {MAGIC_PARAM_INDIR_MAX, 15},
    {MAGIC_PARAM_NAME_MAX, 50},
    {MAGIC_PARAM_REGEX_MAX, 1024},
    {MAGIC_PARAM_BYTES_MAX, max_magic_bytes},
    {MAGIC_PARAM_ENCODING_MAX, max_magic_bytes},
}};

Cookie open_magic() {
    // Nothing is unpacked or taken apart: those parts cost most, and have been the ones to crash. Nor are
    // binary data looked through for a language or an encoding.
    Cookie cookie(::magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_CDF |
                               MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_TOKENS | MAGIC_NO_CHECK_CSV |
                               MAGIC_NO_CHECK_JSON | MAGIC_NO_CHECK_APPTYPE | MAGIC_NO_CHECK_TEXT |
                               MAGIC_NO_CHECK_ENCODING));
    if (!cookie) throw std::runtime_error("libmagic cannot be opened");
    if (::magic_load(cookie.get(), nullptr) != 0)
        throw std::runtime_error(std::string("libmagic has no database: ") + ::magic_error(cookie.get()));
    for (const auto& [parameter, value] : bounds)
        ::magic_setparam(cookie.get(), parameter, &value);
    return cookie;
}

}  // namespace

std::string magic_type_of(std::string_view head) {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    static const Cookie cookie = open_magic();
    head = head.substr(0, max_magic_bytes);
    const char* type = ::magic_buffer(cookie.get(), head.data(), head.size());
    // It fails on files that are too strange for it: nothing has recognised them.
    return type == nullptr ? "application/octet-stream" : type;
}

}  // namespace alma::leads
