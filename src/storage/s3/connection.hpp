/// One connection to the S3 store, kept for the next request.
#pragma once

#include "base/curl.hpp"
#include "storage/s3/endpoint.hpp"
#include "storage/s3/s3_error.hpp"
#include "storage/s3/upload.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace alma::storage::s3 {

/// What S3 answered.
struct Answer {
    long status = 0;
    std::string body{};
    std::string code{};             ///< of an error
    std::string etag{};             ///< as it stands in the header, with quotes
    std::string content_range{};    ///< "bytes 0-9/100"
    std::string piece_checksums{};  ///< text of PieceChecksums; empty: the object was stored by others
};

struct Request {
    std::string method;
    std::string key{};  ///< empty: the bucket itself
    Pairs query{};      ///< not encoded
    Pairs headers{};    ///< besides those that every request has
    std::shared_ptr<Upload> body{};
    std::size_t max_answer_bytes = 64 * 1024;  ///< of a success; an error has at most 64 KiB
    /// Looks at a success on the thread that received it; what it refuses was damaged on the way.
    std::function<bool(const Answer&)> accepts{};
};

/// Blocks: runs on a worker thread, one request at a time.
class Connection {
public:
    /// @param is_stopping breaks off a transfer within a second when it becomes true; all outlive the
    /// connection
    Connection(const S3Config& config, const Endpoint& endpoint, const std::atomic<bool>& is_stopping);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// One attempt. 2xx, 404 NoSuchKey, 412 and 416 are answers; all else is a failure.
    std::variant<Answer, Failure> exchange(const Request& request, std::chrono::milliseconds timeout);

private:
    struct Transfer;
    void configure(const Request& request, Transfer& transfer, std::chrono::milliseconds timeout);
    [[nodiscard]] Pairs signed_headers(const Request& request, const std::string& path) const;
    [[nodiscard]] Failure failure_of(CURLcode outcome, const Transfer& transfer) const;

    const S3Config& config_;
    const Endpoint& endpoint_;
    const std::atomic<bool>& is_stopping_;
    char error_[CURL_ERROR_SIZE] = {};
    CurlHandle curl_;  ///< ends first
};

}  // namespace alma::storage::s3
