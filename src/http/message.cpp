#include "http/message.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"

#include <array>
#include <stdexcept>

namespace alma::http {
namespace {

struct NamedMethod {
    Method method;
    std::string_view name;
};

constexpr std::array named_methods{
    NamedMethod{Method::get, "GET"},         NamedMethod{Method::head, "HEAD"},
    NamedMethod{Method::post, "POST"},       NamedMethod{Method::put, "PUT"},
    NamedMethod{Method::patch, "PATCH"},     NamedMethod{Method::delete_, "DELETE"},
    NamedMethod{Method::options, "OPTIONS"},
};

}  // namespace

std::string_view to_text(Method method) {
    for (const NamedMethod& named : named_methods) {
        if (named.method == method) return named.name;
    }
    return {};
}

std::optional<Method> parse_method(std::string_view text) {
    for (const NamedMethod& named : named_methods) {
        if (named.name == text) return named.method;
    }
    return std::nullopt;
}

std::string_view reason_of(Status status) {
    using enum Status;
    switch (status) {
        case ok:
            return "OK";
        case no_content:
            return "No Content";
        case partial_content:
            return "Partial Content";
        case found:
            return "Found";
        case see_other:
            return "See Other";
        case not_modified:
            return "Not Modified";
        case permanent_redirect:
            return "Permanent Redirect";
        case bad_request:
            return "Bad Request";
        case unauthorized:
            return "Unauthorized";
        case forbidden:
            return "Forbidden";
        case not_found:
            return "Not Found";
        case method_not_allowed:
            return "Method Not Allowed";
        case request_timeout:
            return "Request Timeout";
        case conflict:
            return "Conflict";
        case precondition_failed:
            return "Precondition Failed";
        case payload_too_large:
            return "Content Too Large";
        case uri_too_long:
            return "URI Too Long";
        case unsupported_media_type:
            return "Unsupported Media Type";
        case range_not_satisfiable:
            return "Range Not Satisfiable";
        case expectation_failed:
            return "Expectation Failed";
        case unprocessable_content:
            return "Unprocessable Content";
        case too_many_requests:
            return "Too Many Requests";
        case header_fields_too_large:
            return "Request Header Fields Too Large";
        case internal_server_error:
            return "Internal Server Error";
        case not_implemented:
            return "Not Implemented";
        case service_unavailable:
            return "Service Unavailable";
        case http_version_not_supported:
            return "HTTP Version Not Supported";
    }
    return {};
}

std::optional<std::string_view> Request::header(std::string_view name) const {
    for (const Header& field : headers) {
        if (equals_ignoring_case(field.name, name)) return field.value;
    }
    return std::nullopt;
}

const std::string& Request::path_parameter(std::string_view name) const {
    for (const auto& [known, value] : path_parameters) {
        if (known == name) return value;
    }
    throw std::logic_error("the route has no parameter {" + std::string(name) + "}");
}

Response& Response::with(std::string name, std::string value) {
    static constexpr std::string_view line_breaks{"\r\n\0", 3};
    if (name.empty() || name.find_first_of(line_breaks) != std::string::npos ||
        value.find_first_of(line_breaks) != std::string::npos) {
        throw std::logic_error("a header with a line break: " + name);
    }
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
}

Response json_response(Status status, std::string body) {
    Response response;
    response.status = status;
    response.content_type = "application/json";
    response.body = std::move(body);
    return response;
}

Response text_response(Status status, std::string body) {
    Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(body);
    return response;
}

awaitable<std::string> read_all(BodyReader* body, std::size_t max_bytes) {
    std::string content;
    if (body == nullptr) co_return content;
    while (true) {
        const std::string_view piece = co_await body->next();
        if (piece.empty()) co_return content;
        if (piece.size() > max_bytes - content.size())
            throw Error(ErrorKind::too_large, "Request body too large");
        content += piece;
    }
}

}  // namespace alma::http
