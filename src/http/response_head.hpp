/// The bytes of a response before its body.
#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace alma::http {

/// How the end of a body is marked (RFC 9112 section 6).
enum class Framing {
    none,      ///< the status has no body: 204, 304
    length,    ///< Content-Length
    chunked,   ///< its length is not known before
    to_close,  ///< the same for HTTP/1.0, which knows no chunks
};

struct ResponseFrame {
    Framing framing = Framing::length;
    std::uint64_t length = 0;
    bool keeps_alive = true;
    bool is_http_1_0 = false;
    bool is_head_alone = false;  ///< answers HEAD: what is said of the body holds, but none follows
    std::string_view date;       ///< a whole line
    std::string_view request_id;
};

/// Appends status line, the handler's headers, those of the frame, and the security headers that the handler
/// did not set itself; one that it set to an empty value is left out.
void write_response_head(std::string& out, const Response& response, const ResponseFrame& frame);

/// @throws std::logic_error a header of the handler's holds a line break, past Response::with
void check_headers(const Response& response);

/// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" (RFC 9110 section 5.6.7), of now
std::string date_line();

}  // namespace alma::http
