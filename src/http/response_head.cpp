#include "http/response_head.hpp"

#include "base/encoding.hpp"

#include <array>
#include <charconv>
#include <ctime>
#include <stdexcept>

namespace alma::http {
namespace {

/// What every answer says unless its handler says otherwise (OWASP ASVS 5.0 chapter 3.4). An answer is for
/// the one who asked, is no page, and is not to be guessed at.
struct DefaultHeader {
    std::string_view name;
    std::string_view line;
};
constexpr std::array default_headers{
    DefaultHeader{"Cache-Control", "Cache-Control: no-store\r\n"},
    DefaultHeader{"Content-Security-Policy",
                  "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"},
    DefaultHeader{"X-Content-Type-Options", "X-Content-Type-Options: nosniff\r\n"},
    DefaultHeader{"Referrer-Policy", "Referrer-Policy: no-referrer\r\n"},
    DefaultHeader{"X-Frame-Options", "X-Frame-Options: DENY\r\n"},
    DefaultHeader{"Cross-Origin-Resource-Policy", "Cross-Origin-Resource-Policy: same-origin\r\n"},
};

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 24> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

bool sets(const Response& response, std::string_view name) {
    return std::ranges::any_of(response.headers,
                               [&](const auto& header) { return equals_ignoring_case(header.first, name); });
}

void append_framing(std::string& out, const ResponseFrame& frame) {
    if (frame.framing == Framing::length) {
        out += "Content-Length: ";
        append_number(out, frame.length);
        out += "\r\n";
    } else if (frame.framing == Framing::chunked) {
        out += "Transfer-Encoding: chunked\r\n";
    }
    if (!frame.keeps_alive) {
        out += "Connection: close\r\n";
    } else if (frame.is_http_1_0) {
        out += "Connection: keep-alive\r\n";
    }
}

}  // namespace

void write_response_head(std::string& out, const Response& response, const ResponseFrame& frame) {
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::uint64_t>(response.status));
    out += ' ';
    out += reason_of(response.status);
    out += "\r\n";
    out += frame.date;
    if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
    append_framing(out, frame);
    for (const auto& [name, value] : response.headers) {
        if (!value.empty()) append_field(out, name, value);
    }
    append_field(out, "X-Request-ID", frame.request_id);
    for (const DefaultHeader& header : default_headers) {
        if (!sets(response, header.name)) out += header.line;
    }
    out += "\r\n";
}

void check_headers(const Response& response) {
    static constexpr std::string_view line_breaks{"\r\n\0", 3};
    const auto is_broken = [](std::string_view text) {
        return text.find_first_of(line_breaks) != std::string_view::npos;
    };
    const bool has_broken =
        is_broken(response.content_type) || std::ranges::any_of(response.headers, [&](const auto& header) {
            return header.first.empty() || is_broken(header.first) || is_broken(header.second);
        });
    if (has_broken) throw std::logic_error("a header of the answer holds a line break");
}

std::string date_line() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 64> line{};
    // The C locale's names, which are those that RFC 9110 wants: the process never sets another one.
    const std::size_t size =
        std::strftime(line.data(), line.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    return {line.data(), size};
}

}  // namespace alma::http
