#include "storage/s3/connection.hpp"

#include "base/encoding.hpp"
#include "storage/s3/answers.hpp"

#include <algorithm>

namespace alma::storage::s3 {
namespace {

constexpr std::size_t most_error_bytes = 64 * 1024;
constexpr std::size_t longest_header = 1024;
constexpr const char* empty_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* checksums_header = "x-amz-meta-alma-crc32";
const std::filesystem::path no_ca_file;

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

HeaderList list_of(const Pairs& headers) {
    curl_slist* list = nullptr;
    for (const auto& [name, value] : headers)
        list = curl_slist_append(list, (name + ": " + value).c_str());
    // Else libcurl asks for "100 Continue" before a large upload, which costs a round trip.
    list = curl_slist_append(list, "Expect:");
    return {list, &curl_slist_free_all};
}

bool is_success(long status) {
    return status >= 200 && status < 300;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
    const std::size_t end = text.find_last_not_of(" \t\r\n");
    return end == std::string_view::npos || end < begin ? std::string_view()
                                                        : text.substr(begin, end - begin + 1);
}

}  // namespace

/// One exchange, as libcurl's callbacks see it.
struct Connection::Transfer {
    Transfer(CURL* handle, const Request& of, const std::atomic<bool>& stopping)
        : easy(handle), request(of), is_stopping(stopping) {}
    /// Keeps connections, names and TLS sessions, and forgets this transfer.
    ~Transfer() { curl_easy_reset(easy); }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    CURL* const easy;

    const Request& request;
    const std::atomic<bool>& is_stopping;
    HeaderList headers{nullptr, &curl_slist_free_all};
    std::uint64_t sent = 0;
    Answer answer;
    std::string bucket_region;
    std::exception_ptr broken;  ///< what reading the upload threw: must not pass through C
    bool is_too_long = false;

    static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self);
    static int on_seek(void* self, curl_off_t offset, int origin);
    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
    static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
    void take_header(std::string_view name, std::string_view value);
};

std::size_t Connection::Transfer::on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
    Transfer& transfer = *static_cast<Transfer*>(self);
    if (!transfer.request.body) return 0;
    try {
        const std::size_t bytes = transfer.request.body->read(buffer, size * count, transfer.sent);
        transfer.sent += bytes;
        return bytes;
    } catch (...) {
        transfer.broken = std::current_exception();
        return CURL_READFUNC_ABORT;
    }
}

int Connection::Transfer::on_seek(void* self, curl_off_t offset, int origin) {
    // When a kept connection turns out to be closed, libcurl begins again on a new one.
    if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
    static_cast<Transfer*>(self)->sent = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
}

std::size_t Connection::Transfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
    Transfer& transfer = *static_cast<Transfer*>(self);
    std::string& body = transfer.answer.body;
    if (is_success(transfer.answer.status)) {
        if (body.size() + size * count > transfer.request.max_answer_bytes) {
            transfer.is_too_long = true;
            return 0;
        }
        body.append(bytes, size * count);
    } else {
        body.append(bytes, std::min(size * count, most_error_bytes - body.size()));
    }
    return size * count;
}

std::size_t Connection::Transfer::on_header(char* line, std::size_t size, std::size_t count, void* self) {
    Transfer& transfer = *static_cast<Transfer*>(self);
    const std::string_view text(line, size * count);
    if (text.starts_with("HTTP/")) {
        // Also after a "100 Continue": what counts is the last.
        curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &transfer.answer.status);
        transfer.answer.body.clear();
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        transfer.take_header(text.substr(0, colon), trimmed(text.substr(colon + 1)));
    }
    return size * count;
}

void Connection::Transfer::take_header(std::string_view name, std::string_view value) {
    if (value.size() > longest_header) return;
    if (equals_ignoring_case(name, "etag")) answer.etag = value;
    if (equals_ignoring_case(name, "content-range")) answer.content_range = value;
    if (equals_ignoring_case(name, checksums_header)) answer.piece_checksums = value;
    if (equals_ignoring_case(name, "x-amz-bucket-region")) bucket_region = value;
}

int Connection::Transfer::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(self)->is_stopping ? 1 : 0;
}

Connection::Connection(const S3Config& config, const Endpoint& endpoint, const std::atomic<bool>& is_stopping)
    : config_(config), endpoint_(endpoint), is_stopping_(is_stopping) {}

Connection::~Connection() = default;

Pairs Connection::signed_headers(const Request& request, const std::string& path) const {
    const Instant now = SystemClock().now();
    const std::string sha256 = request.body ? request.body->sha256() : empty_sha256;
    Pairs headers = request.headers;
    if (request.body) headers.emplace_back(checksums_header, request.body->piece_checksums());
    headers.emplace_back("Host", endpoint_.host());
    headers.emplace_back("x-amz-content-sha256", sha256);
    headers.emplace_back("x-amz-date", amz_date(now));
    if (!config_.credentials.session_token.empty())
        headers.emplace_back("x-amz-security-token", config_.credentials.session_token);
    headers.emplace_back("Authorization", authorization({.method = request.method,
                                                         .path = path,
                                                         .query = request.query,
                                                         .headers = headers,
                                                         .payload_sha256 = sha256},
                                                        config_.credentials, config_.region, "s3", now));
    return headers;
}

void Connection::configure(const Request& request, Transfer& transfer, std::chrono::milliseconds timeout) {
    const std::string path = endpoint_.path_of(request.key);
    std::string url = endpoint_.url_of(path);
    if (!request.query.empty()) url += "?" + canonical_query(request.query);
    transfer.headers = list_of(signed_headers(request, path));

    curl_.set(CURLOPT_URL, url.c_str());
    curl_.set(CURLOPT_PATH_AS_IS, 1L);
    curl_.set(CURLOPT_PROTOCOLS_STR, "http,https");
    curl_.set(CURLOPT_PROXY, "");
    curl_.set(CURLOPT_NOSIGNAL, 1L);  // several threads
    curl_.set(CURLOPT_ERRORBUFFER, error_);
    curl_.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_.set(CURLOPT_MAXCONNECTS, 1L);
    curl_.set(CURLOPT_HTTPHEADER, transfer.headers.get());
    curl_.verify_tls(no_ca_file);
    if (request.method == "PUT") {
        curl_.set(CURLOPT_UPLOAD, 1L);
        curl_.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body ? request.body->size() : 0));
    } else if (request.method == "HEAD") {
        curl_.set(CURLOPT_NOBODY, 1L);
    } else if (request.method != "GET") {
        curl_.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    curl_.set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_.set(CURLOPT_CONNECTTIMEOUT_MS,
              static_cast<long>(std::min(timeout, config_.connect_timeout).count()));
    curl_.set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_.set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(config_.stall_timeout.count()));
    curl_.set_callback(CURLOPT_READFUNCTION, &Transfer::on_read, CURLOPT_READDATA, &transfer);
    curl_.set_callback(CURLOPT_SEEKFUNCTION, &Transfer::on_seek, CURLOPT_SEEKDATA, &transfer);
    curl_.set_callback(CURLOPT_WRITEFUNCTION, &Transfer::on_body, CURLOPT_WRITEDATA, &transfer);
    curl_.set_callback(CURLOPT_HEADERFUNCTION, &Transfer::on_header, CURLOPT_HEADERDATA, &transfer);
    curl_.set_callback(CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress, CURLOPT_XFERINFODATA, &transfer);
    curl_.set(CURLOPT_NOPROGRESS, 0L);
    error_[0] = '\0';
}

Failure Connection::failure_of(CURLcode outcome, const Transfer& transfer) const {
    const std::string where =
        config_.endpoint.empty() ? "AWS S3" : fmt::format("the S3 store ({})", config_.names.endpoint);
    if (transfer.is_too_long) return {.cause = fmt::format("{} sent more than was asked for", where)};
    switch (outcome) {
        case CURLE_ABORTED_BY_CALLBACK:
            return {.cause = "the service is stopping"};
        case CURLE_COULDNT_RESOLVE_HOST:
            return {.cause = fmt::format("the host name of {} cannot be resolved", where),
                    .is_temporary = true};
        case CURLE_COULDNT_CONNECT:
            return {.cause = fmt::format("{} takes no connection", where), .is_temporary = true};
        case CURLE_OPERATION_TIMEDOUT:
            return {.cause = fmt::format("{} did not answer in time", where), .is_temporary = true};
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
            // libcurl's own words tell an expired certificate from one for another name; they hold no URL.
            return {.cause = fmt::format("TLS with {} failed: {}", where,
                                         error_[0] != '\0' ? error_ : curl_easy_strerror(outcome)),
                    .is_temporary = outcome == CURLE_SSL_CONNECT_ERROR};
        default:
            return {
                .cause = fmt::format("the connection to {} failed: {}", where, curl_easy_strerror(outcome)),
                .is_temporary = true};
    }
}

std::variant<Answer, Failure> Connection::exchange(const Request& request,
                                                   std::chrono::milliseconds timeout) {
    const SigpipeBlocked no_signal;
    Transfer transfer(curl_.get(), request, is_stopping_);
    configure(request, transfer, timeout);
    const CURLcode outcome = curl_easy_perform(curl_.get());
    if (transfer.broken) std::rethrow_exception(transfer.broken);
    if (outcome != CURLE_OK) return failure_of(outcome, transfer);

    Answer& answer = transfer.answer;
    if (is_success(answer.status)) {
        if (request.accepts && !request.accepts(answer))
            return Failure{
                .cause = "what the S3 store sent does not have the checksum that was stored with it",
                .is_temporary = true};
        return std::move(answer);
    }
    const ErrorAnswer error = parse_error(answer.body);
    answer.code = error.code;
    if (answer.status == 412 || answer.status == 416 || (answer.status == 404 && error.code == "NoSuchKey"))
        return std::move(answer);
    return failure_of_answer(answer.status, error.code,
                             error.region.empty() ? transfer.bucket_region : error.region, config_.names);
}

}  // namespace alma::storage::s3
