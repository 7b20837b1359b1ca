/// Requests that depend on what the client has already (RFC 9110 section 13).
#pragma once

#include "http/message.hpp"

#include <string_view>

namespace alma::http {

/// Whether If-None-Match names this ETag (with its quotes), compared weakly, or is "*": answer 304 then.
bool has_current(const Request& request, std::string_view etag);

/// Whether If-Match lets the request change what has this ETag: it names it, compared strongly, or is "*", or
/// is not there. Answer 412 else.
bool allows_change(const Request& request, std::string_view etag);

/// A strong ETag, with its quotes, of this content: the first 128 bits of its SHA-256.
std::string etag_of(std::string_view content);

}  // namespace alma::http
