#include "storage/s3/s3_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace alma::storage::s3 {
namespace {

using Codes = std::initializer_list<std::string_view>;

bool is_any(std::string_view code, Codes codes) {
    return std::ranges::find(codes, code) != codes.end();
}

/// A name that may be shown: it came from outside.
bool is_plain(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.';
    });
}

/// Empty: none of the settings is to blame.
std::string explanation(long status, std::string_view code, std::string_view region,
                        const S3SettingNames& names) {
    if (is_any(code, {"InvalidAccessKeyId"})) return names.access_key_id + " is not known to the store";
    if (is_any(code, {"SignatureDoesNotMatch"}))
        return fmt::format("{} and {} do not fit each other", names.access_key_id, names.secret_access_key);
    if (is_any(code, {"InvalidToken", "ExpiredToken", "TokenRefreshRequired"}))
        return names.session_token + " is wrong or has expired";
    if (is_any(code, {"NoSuchBucket"})) return names.bucket + " names a bucket that does not exist";
    if (is_any(code, {"InvalidBucketName"})) return names.bucket + " is no name of a bucket";
    if (is_any(code, {"RequestTimeTooSkewed", "RequestExpired"}))
        return "the clock of this machine and that of the store differ by more than the store accepts";
    const bool is_redirect = status == 301 || status == 307 || status == 308;
    if (is_redirect || is_any(code, {"AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}))
        return fmt::format("{} is not the region of the bucket{}{}", names.region,
                           is_plain(region) ? ", which is " : "", is_plain(region) ? region : "");
    if (status == 401 || status == 403)
        return fmt::format("the owner of {} may not do this in the bucket of {}", names.access_key_id,
                           names.bucket);
    return {};
}

/// Statuses and codes after which the same request may pass: overload, time-outs, damage on the way.
bool is_temporary(long status, std::string_view code) {
    return status >= 500 || status == 408 || status == 429 ||
           is_any(code, {"RequestTimeout", "IncompleteBody", "BadDigest", "XAmzContentSHA256Mismatch",
                         "OperationAborted", "SlowDown"});
}

}  // namespace

S3Error::S3Error(std::string cause)
    : Error(ErrorKind::unavailable, "The service cannot reach its resumes now. Please try again later.",
            std::chrono::seconds(5)),
      cause_(std::move(cause)) {}

Failure failure_of_answer(long status, std::string_view code, std::string_view region,
                          const S3SettingNames& names) {
    std::string said = fmt::format("the S3 store answered {}", status);
    if (is_plain(code)) said += fmt::format(" {}", code);
    if (const std::string why = explanation(status, code, region, names); !why.empty()) said += ": " + why;
    return {.cause = std::move(said), .is_temporary = is_temporary(status, code)};
}

}  // namespace alma::storage::s3
