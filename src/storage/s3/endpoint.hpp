/// Where a bucket is reached, and under which path each object.
#pragma once

#include "storage/s3/s3_config.hpp"

#include <string>
#include <string_view>

namespace alma::storage::s3 {

/// Virtual-hosted on AWS (https://BUCKET.s3.REGION.amazonaws.com/KEY), path-style at an endpoint of one's own
/// (ENDPOINT/BUCKET/KEY), and for buckets with a dot, whose names no wildcard certificate covers.
class Endpoint {
public:
    /// @throws Error{invalid} naming the variable that is wrong
    explicit Endpoint(const S3Config& config);

    /// As the Host header has it: without the scheme's own port.
    [[nodiscard]] const std::string& host() const { return host_; }
    /// Percent-encoded, as it is signed and sent. The empty key is the bucket itself.
    [[nodiscard]] std::string path_of(std::string_view key) const;
    /// Without query.
    [[nodiscard]] std::string url_of(std::string_view path) const { return origin_ + std::string(path); }

private:
    std::string origin_;  ///< "https://host:port"
    std::string host_;
    std::string base_;  ///< before "/KEY": "", "/BUCKET" or "/path/BUCKET"
};

}  // namespace alma::storage::s3
