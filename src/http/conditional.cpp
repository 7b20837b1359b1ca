#include "http/conditional.hpp"

#include "base/encoding.hpp"
#include "http/grammar.hpp"

#include <sodium.h>

#include <array>

namespace alma::http {
namespace {

std::string_view opaque_of(std::string_view etag) {
    if (etag.starts_with("W/")) etag.remove_prefix(2);
    return etag;
}

}  // namespace

bool has_current(const Request& request, std::string_view etag) {
    const std::optional<std::string_view> known = request.header("If-None-Match");
    if (!known) return false;
    const auto is_ours = [&](std::string_view candidate) {
        return candidate == "*" || opaque_of(candidate) == opaque_of(etag);
    };
    return std::ranges::any_of(split_list(*known), is_ours);
}

bool allows_change(const Request& request, std::string_view etag) {
    const std::optional<std::string_view> wanted = request.header("If-Match");
    if (!wanted) return true;
    const auto is_ours = [&](std::string_view candidate) { return candidate == "*" || candidate == etag; };
    return std::ranges::any_of(split_list(*wanted), is_ours);
}

std::string etag_of(std::string_view content) {
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(content.data()), content.size());
    return '"' + to_hex(std::span(digest).first(16)) + '"';
}

}  // namespace alma::http
