/// Requests and responses as handlers see them. Free of Boost.Beast, so that only http/head.cpp pays for it.
#pragma once

#include "base/async.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alma::http {

enum class Method { get, head, post, put, patch, delete_, options };

/// "GET"; absent text for a method that we do not know.
std::string_view to_text(Method method);
std::optional<Method> parse_method(std::string_view text);

/// A status code and its reason phrase (RFC 9110 section 15).
enum class Status : std::uint16_t {
    ok = 200,
    no_content = 204,
    partial_content = 206,
    found = 302,
    see_other = 303,
    not_modified = 304,
    permanent_redirect = 308,
    bad_request = 400,
    unauthorized = 401,
    forbidden = 403,
    not_found = 404,
    method_not_allowed = 405,
    request_timeout = 408,
    conflict = 409,
    precondition_failed = 412,
    payload_too_large = 413,
    uri_too_long = 414,
    unsupported_media_type = 415,
    range_not_satisfiable = 416,
    expectation_failed = 417,
    unprocessable_content = 422,
    too_many_requests = 429,
    header_fields_too_large = 431,
    internal_server_error = 500,
    not_implemented = 501,
    service_unavailable = 503,
    http_version_not_supported = 505,
};
std::string_view reason_of(Status status);

/// The body of a request, in pieces as they arrive.
class BodyReader {
public:
    virtual ~BodyReader() = default;
    /// @return the next piece, at most 64 KiB, valid until the next call; empty at the end of the body.
    /// @throws Error{too_large} past the limit of the route, Error{timed_out} when the client is too slow,
    ///         Error{malformed} when the framing is broken.
    virtual awaitable<std::string_view> next() = 0;
};

/// The body of a response, in pieces as the client takes them.
class BodySource {
public:
    virtual ~BodySource() = default;
    /// @return the next piece, valid until the next call; empty at the end. Error{unavailable} says that it
    ///         is busy: it may be asked again, and goes on where it was. What else it throws cuts the
    ///         connection once the status has been sent: no half of an answer must pass for a whole one.
    virtual awaitable<std::string_view> next() = 0;
    /// All bytes, where known before: sent as Content-Length, else the answer is chunked.
    [[nodiscard]] virtual std::optional<std::uint64_t> length() const { return std::nullopt; }
};

struct Header {
    std::string_view name;
    std::string_view value;
};

/// One request. All views live as long as it does. Tests may build one by hand.
struct Request {
    Method method = Method::get;
    std::string_view target;      ///< as sent: path and query
    std::string_view path;        ///< of the target, percent-encoded as sent
    std::string_view query;       ///< of the target, without '?'; never logged
    std::vector<Header> headers;  ///< of the header section; trailers are dropped
    std::vector<std::pair<std::string_view, std::string>> path_parameters;  ///< {"lead_uuid", decoded value}
    boost::asio::ip::address client;  ///< the prospect's, behind trusted proxies too
    std::string id;                   ///< X-Request-ID: the client's own when it is sane, else made here
    std::string base_url;  ///< "https://leads.example.com": PUBLIC_BASE_URL or from Host, no final slash
    std::optional<std::uint64_t> content_length;
    BodyReader* body = nullptr;  ///< null when the request has none

    /// The first field of that name, any case.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
    /// The value of {name} in the route's path. The route must have it.
    [[nodiscard]] const std::string& path_parameter(std::string_view name) const;
};

/// One answer. Date, Content-Length, Connection, X-Request-ID and the security headers are added when it is
/// sent.
struct Response {
    Status status = Status::ok;
    std::string content_type;  ///< empty: no Content-Type
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::unique_ptr<BodySource> source;  ///< when set, instead of `body`

    /// @throws std::logic_error when the value holds CR, LF or NUL: encode foreign text before.
    Response& with(std::string name, std::string value);
};

/// application/json with `body` as it is.
Response json_response(Status status, std::string body);
/// text/plain; charset=utf-8
Response text_response(Status status, std::string body);

/// The whole body, for small ones. @throws what BodyReader throws, and Error{too_large} past `max_bytes`.
awaitable<std::string> read_all(BodyReader* body, std::size_t max_bytes);

}  // namespace alma::http
