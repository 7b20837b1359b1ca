#include "auth/credentials.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "http/grammar.hpp"

#include <fmt/format.h>

namespace alma::auth {
namespace {

bool came_by_https(const http::Request& request) {
    return request.base_url.starts_with("https://");
}

std::string_view cookie_name(const http::Request& request) {
    return came_by_https(request) ? "__Host-alma_session" : "alma_session";
}

/// Cuts "name=value" off the front of a Cookie header (RFC 6265 section 4.2.1), with the ';' behind it.
std::optional<std::string_view> take_pair(std::string_view& cookies) {
    if (cookies.empty()) return std::nullopt;
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    const std::string_view pair = http::trim_whitespace(cookies.substr(0, end));
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    return pair;
}

bool is_safe(http::Method method) {
    using enum http::Method;
    return method == get || method == head || method == options;
}

/// "https://leads.example:443/app" -> "https://leads.example", as browsers write an origin (RFC 6454 section
/// 6.2). What is none comes back as it is, and equals nothing.
std::string_view origin_of_url(std::string_view url) {
    const std::size_t scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return url;
    std::string_view origin = url.substr(0, url.find('/', scheme_end + 3));
    const std::string_view default_port = url.starts_with("https:") ? ":443" : ":80";
    if (origin.ends_with(default_port)) origin.remove_suffix(default_port.size());
    return origin;
}

}  // namespace

std::optional<std::string_view> bearer_token(const http::Request& request) {
    constexpr std::string_view scheme = "Bearer ";
    const std::optional<std::string_view> value = request.header("Authorization");
    if (!value || !equals_ignoring_case(value->substr(0, scheme.size()), scheme)) return std::nullopt;
    const std::size_t begin = value->find_first_not_of(' ', scheme.size());
    if (begin == std::string_view::npos) return std::nullopt;
    return value->substr(begin);
}

std::optional<std::string_view> session_id(const http::Request& request) {
    const std::string_view wanted = cookie_name(request);
    std::optional<std::string_view> found;
    for (const http::Header& header : request.headers) {
        if (!equals_ignoring_case(header.name, "Cookie")) continue;
        std::string_view rest = header.value;
        while (const std::optional<std::string_view> pair = take_pair(rest)) {
            if (!pair->starts_with(wanted) || !pair->substr(wanted.size()).starts_with('=')) continue;
            if (found) return std::nullopt;
            found = pair->substr(wanted.size() + 1);
        }
    }
    return found;
}

std::string session_cookie(const http::Request& request, std::string_view id) {
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}", cookie_name(request), id,
                       came_by_https(request) ? "; Secure" : "");
}

std::string no_session_cookie(const http::Request& request) {
    return session_cookie(request, "") + "; Max-Age=0";
}

bool is_cross_site(const http::Request& request) {
    const std::optional<std::string_view> site = request.header("Sec-Fetch-Site");
    if (site && *site != "same-origin") return true;
    const std::optional<std::string_view> origin = request.header("Origin");
    return origin && !equals_ignoring_case(origin_of_url(*origin), origin_of_url(request.base_url));
}

void require_own_page(const http::Request& request) {
    if (is_safe(request.method)) return;
    if (request.header("X-Requested-With") != "alma-leads" || is_cross_site(request))
        throw Error(ErrorKind::forbidden, "Cross-site request refused");
}

}  // namespace alma::auth
