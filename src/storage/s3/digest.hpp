/// Digests of content that comes in portions.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace alma::storage::s3 {

///     Digest digest = Digest::sha256();
///     digest.add(bytes);
///     digest.hex();
class Digest {
public:
    static Digest sha256() { return Digest(EVP_sha256()); }
    /// Against damage, and no more: an ETag of S3 is most often one.
    static Digest md5() { return Digest(EVP_md5()); }

    void add(std::string_view bytes);
    /// Lower-case hexadecimal. Ends it.
    std::string hex();

private:
    explicit Digest(const EVP_MD* algorithm);

    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace alma::storage::s3
