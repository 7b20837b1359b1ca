/// What a request shows of who makes it, and whether a browser was tricked into making it.
#pragma once

#include "http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace alma::auth {

/// What follows "Bearer", in any case, and blanks in Authorization (RFC 6750 section 2.1, RFC 9110 section
/// 11.4).
std::optional<std::string_view> bearer_token(const http::Request& request);

/// The id in the session's cookie: `__Host-alma_session` when the request came by https, so that no other
/// host of the domain can have set it (RFC 6265bis section 4.1.3.2), else `alma_session`. Nothing when there
/// are two of the name: one of them is somebody else's.
std::optional<std::string_view> session_id(const http::Request& request);

/// The value of Set-Cookie that gives the browser a session. It lives as long as the browser runs: when it
/// ends is the server's to say.
std::string session_cookie(const http::Request& request, std::string_view id);
/// The one that takes it away.
std::string no_session_cookie(const http::Request& request);

/// Whether a page of another origin had the browser make the request, as far as the browser tells: by
/// Sec-Fetch-Site, by Origin, or by both. What is no browser tells nothing, and passes.
bool is_cross_site(const http::Request& request);

/// For what a browser's cookie alone authenticates: a request that may change something must be of our own
/// pages. They send "X-Requested-With: alma-leads", which no page of another origin can add without asking us
/// first (and we allow nobody); so a browser that tells nothing in is_cross_site() is safe, too.
/// @throws Error{forbidden} "Cross-site request refused"
void require_own_page(const http::Request& request);

}  // namespace alma::auth
