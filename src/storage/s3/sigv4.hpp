/// AWS Signature Version 4, in the Authorization header (AWS General Reference, "Create a signed AWS API
/// request"; for S3: Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header").
///
/// Why not libcurl's own signer: docs/decisions/0006-s3-client.md.
#pragma once

#include "base/time.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alma::storage::s3 {

struct Credentials {
    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token;  ///< empty: none
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// What is signed: the request exactly as it will be sent.
struct SigningInput {
    std::string_view method;  ///< "GET"
    std::string_view path;    ///< percent-encoded, as in the request line: S3 neither decodes nor normalizes
    const Pairs& query;       ///< not encoded, in any order
    /// All that are signed, "host" and "x-amz-date" among them; names in any case.
    const Pairs& headers;
    std::string_view payload_sha256;  ///< lower-case hexadecimal, or "UNSIGNED-PAYLOAD"
};

/// The query as it is signed, and so must be sent: "a=1&b=%2F", sorted, with a '=' after every name.
std::string canonical_query(const Pairs& query);

/// "20130524T000000Z", the form of X-Amz-Date.
std::string amz_date(Instant at);

/// The value of the Authorization header. `at` is that of the x-amz-date header, to the second.
std::string authorization(const SigningInput& request, const Credentials& credentials,
                          std::string_view region, std::string_view service, Instant at);

/// Lower-case hexadecimal.
std::string sha256_hex(std::string_view bytes);

}  // namespace alma::storage::s3
