/// What the S3 store must be told.
#pragma once

#include "storage/s3/sigv4.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace alma::storage {

/// What errors call the settings: whoever reads one must know which variable to mend.
struct S3SettingNames {
    std::string bucket = "AWS_S3_BUCKET_NAME";
    std::string access_key_id = "AWS_ACCESS_KEY_ID";
    std::string secret_access_key = "AWS_SECRET_ACCESS_KEY";
    std::string session_token = "AWS_SESSION_TOKEN";
    std::string region = "AWS_REGION";
    std::string endpoint = "AWS_ENDPOINT_URL";
};

struct S3Config {
    std::string bucket;
    std::string region;
    /// "http(s)://host[:port][/path]" of an S3-compatible server, addressed path-style; empty: AWS's own.
    std::string endpoint;
    s3::Credentials credentials;
    S3SettingNames names;

    std::size_t connections = 32;                      ///< threads, each with its own kept connection
    std::size_t max_waiting = 256;                     ///< operations that may wait for a connection
    std::chrono::milliseconds longest_wait{5'000};     ///< for a connection
    std::chrono::milliseconds connect_timeout{4'000};  ///< of one attempt
    std::chrono::seconds stall_timeout{8};             ///< of one attempt: not a byte either way
    std::chrono::milliseconds timeout{30'000};         ///< of an operation with all its attempts
    std::chrono::milliseconds check_timeout{2'000};    ///< the same, of check()
    std::chrono::milliseconds retry_base{100};         ///< doubles with each attempt, up to 5 s, with jitter
    int max_attempts = 6;
    std::size_t listing_page = 1000;  ///< objects in one answer; no store gives more
};

}  // namespace alma::storage
