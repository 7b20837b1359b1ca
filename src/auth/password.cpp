#include "auth/password.hpp"

#include "auth/phc.hpp"
#include "base/error.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <new>
#include <span>

namespace alma::auth {
namespace {

constexpr std::uint32_t passes = 3;
constexpr std::uint32_t memory_kib = 64 * 1024;
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t tag_bytes = 32;

/// What the time of Argon2 is proportional to: KiB that are filled, over all passes.
constexpr std::uint64_t full_cost = std::uint64_t{memory_kib} * passes;

bool is_cheap(const PhcParameters& phc) {
    const std::uint64_t cost = std::uint64_t{phc.memory_kib} * phc.passes;
    return phc.variant != Argon2::id || phc.memory_kib < memory_kib || cost < full_cost ||
           phc.salt_bytes < salt_bytes || phc.tag_bytes < tag_bytes;
}

/// 0 of what is no hash: it is refused unread.
std::uint64_t cost_of(const std::string& phc) {
    const std::optional<PhcParameters> parameters = parse_phc(phc);
    return parameters ? std::uint64_t{parameters->memory_kib} * parameters->passes : 0;
}

bool matches(std::string_view password, const std::string& phc, Argon2 variant) {
    const auto verify =
        variant == Argon2::id ? crypto_pwhash_argon2id_str_verify : crypto_pwhash_argon2i_str_verify;
    errno = 0;
    const bool is_match = verify(phc.c_str(), password.data(), password.size()) == 0;
    // Of a correct string the only other failure is memory: that is no statement about the password.
    if (!is_match && errno == ENOMEM) throw std::bad_alloc();
    return is_match;
}

std::string random_base64(std::size_t length) {
    std::array<unsigned char, 64> bytes;
    randombytes_buf(bytes.data(), length);
    constexpr int variant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    std::string text(sodium_base64_encoded_len(length, variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), length, variant);
    text.pop_back();  // libsodium ends it with a NUL
    return text;
}

}  // namespace

std::string hash_password(std::string_view password) {
    if (password.size() > max_password_bytes) throw Error(ErrorKind::invalid, "Password is too long");
    std::array<char, crypto_pwhash_STRBYTES> phc;
    if (crypto_pwhash_str_alg(phc.data(), password.data(), password.size(), passes,
                              std::size_t{memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw std::bad_alloc();
    return phc.data();
}

PasswordCheck verify_password(std::string_view password, const std::string& phc) {
    if (password.size() > max_password_bytes) return PasswordCheck::wrong;
    const std::optional<PhcParameters> parameters = parse_phc(phc);
    if (!parameters || !matches(password, phc, parameters->variant)) return PasswordCheck::wrong;
    return is_cheap(*parameters) ? PasswordCheck::right_but_cheap : PasswordCheck::right;
}

void spend_what_is_saved(std::string_view password, const std::string& phc) {
    constexpr std::uint64_t min_memory_kib = crypto_pwhash_argon2id_MEMLIMIT_MIN / 1024;
    const std::uint64_t cost = cost_of(phc);
    if (cost >= full_cost || password.size() > max_password_bytes) return;
    const std::uint64_t kib = (full_cost - cost) / passes;
    if (kib < min_memory_kib) return;
    std::array<unsigned char, tag_bytes> tag;
    const std::array<unsigned char, crypto_pwhash_argon2id_SALTBYTES> salt{};
    if (crypto_pwhash_argon2id(tag.data(), tag.size(), password.data(), password.size(), salt.data(), passes,
                               kib * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
        throw std::bad_alloc();
}

const std::string& decoy_hash() {
    // Random bytes in the place of the tag: verifying computes all of Argon2, and no known password can
    // match.
    static const std::string hash = fmt::format("$argon2id$v=19$m={},t={},p=1${}${}", memory_kib, passes,
                                                random_base64(salt_bytes), random_base64(tag_bytes));
    return hash;
}

}  // namespace alma::auth
