#include "storage/s3/digest.hpp"

#include "base/encoding.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>

namespace alma::storage::s3 {
namespace {

void require(bool worked) {
    if (!worked) throw std::runtime_error("a digest cannot be computed");
}

}  // namespace

Digest::Digest(const EVP_MD* algorithm) : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    require(context_ && EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1);
}

void Digest::add(std::string_view bytes) {
    require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Digest::hex() {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
    return to_hex(std::span(digest).first(size));
}

}  // namespace alma::storage::s3
