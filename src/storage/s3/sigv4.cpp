#include "storage/s3/sigv4.hpp"

#include "base/encoding.hpp"

#include <fmt/chrono.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace alma::storage::s3 {
namespace {

using Sha256 = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

std::string_view as_text(const Sha256& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Sha256 hmac(std::string_view key, std::string_view message) {
    Sha256 mac{};
    unsigned int length = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac.data(),
             &length) == nullptr)
        throw std::runtime_error("HMAC-SHA-256 is not available");
    return mac;
}

/// Without surrounding blanks, and with one for several in a row.
std::string folded(std::string_view value) {
    std::string text;
    for (const char c : value) {
        if (c != ' ' && c != '\t') {
            text += c;
        } else if (!text.empty() && text.back() != ' ') {
            text += ' ';
        }
    }
    if (text.ends_with(' ')) text.pop_back();
    return text;
}

Pairs canonical_headers(const Pairs& headers) {
    Pairs canonical;
    for (const auto& [name, value] : headers)
        canonical.emplace_back(ascii_lower(name), folded(value));
    std::ranges::sort(canonical);
    return canonical;
}

std::string names_of(const Pairs& headers) {
    std::string names;
    for (const auto& [name, value] : headers)
        names += (names.empty() ? "" : ";") + name;
    return names;
}

std::string canonical_request(const SigningInput& request, const Pairs& headers) {
    std::string text =
        fmt::format("{}\n{}\n{}\n", request.method, request.path, canonical_query(request.query));
    for (const auto& [name, value] : headers)
        text += name + ':' + value + '\n';
    return text + fmt::format("\n{}\n{}", names_of(headers), request.payload_sha256);
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
    Sha256 digest{};
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    return to_hex(digest);
}

std::string amz_date(Instant at) {
    return fmt::format("{:%Y%m%dT%H%M%SZ}", std::chrono::floor<std::chrono::seconds>(at));
}

std::string canonical_query(const Pairs& query) {
    Pairs encoded;
    for (const auto& [name, value] : query)
        encoded.emplace_back(percent_encode(name), percent_encode(value));
    std::ranges::sort(encoded);
    std::string text;
    for (const auto& [name, value] : encoded)
        text += (text.empty() ? "" : "&") + name + '=' + value;
    return text;
}

std::string authorization(const SigningInput& request, const Credentials& credentials,
                          std::string_view region, std::string_view service, Instant at) {
    const Pairs headers = canonical_headers(request.headers);
    const std::string time = amz_date(at);
    const std::string_view day = std::string_view(time).substr(0, 8);
    const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, region, service);
    const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope,
                                            sha256_hex(canonical_request(request, headers)));

    Sha256 key = hmac("AWS4" + credentials.secret_access_key, day);
    for (const std::string_view part : {region, service, std::string_view("aws4_request")})
        key = hmac(as_text(key), part);
    return fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                       credentials.access_key_id, scope, names_of(headers),
                       to_hex(hmac(as_text(key), to_sign)));
}

}  // namespace alma::storage::s3
