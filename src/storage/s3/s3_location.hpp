/// Where an object lies, in whichever bucket.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace alma::storage {

struct S3Location {
    std::string bucket;
    std::string region;
    std::string key;  ///< as it is, not percent-encoded

    bool operator==(const S3Location&) const = default;
};

/// 3 to 63 of [a-z0-9.-], beginning and ending with a letter or digit, without "..", as AWS allows it.
bool is_bucket_name(std::string_view text);
/// "eu-central-1": 1 to 63 of [a-z0-9-].
bool is_region_name(std::string_view text);

/// The three parts of "https://BUCKET.s3.REGION.amazonaws.com/KEY", whatever they hold; nothing for a text of
/// another form.
std::optional<S3Location> split_s3_url(std::string_view url);

/// Bucket and region are names of such, and the key has 1 to 1,024 bytes of UTF-8 without control characters.
bool is_valid(const S3Location& location);

/// The inverse of split_s3_url. No key of an ObjectStore looks like it.
std::string to_url(const S3Location& location);

}  // namespace alma::storage
