#include "support/malformed_requests.hpp"

#include <fmt/format.h>

namespace alma::http {
namespace {

using namespace std::string_literals;

constexpr std::string_view second_request = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/// A POST with these header lines, a body of five bytes, and another request behind.
std::string post(std::string_view lines, std::string_view body = "hello") {
    return fmt::format("POST /echo HTTP/1.1\r\nHost: a\r\n{}\r\n{}{}", lines, body, second_request);
}
std::string chunked(std::string_view body) {
    return post("Transfer-Encoding: chunked\r\n", body);
}
std::string get(std::string_view request_line, std::string_view lines = "Host: a\r\n") {
    return fmt::format("{}\r\n{}\r\n{}", request_line, lines, second_request);
}

}  // namespace

std::vector<MalformedRequest> malformed_requests() {
    return {
        // Two answers to where the body ends (RFC 9112 section 6.3).
        {"length and chunked", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"chunked and length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
        {"two lengths", post("Content-Length: 5\r\nContent-Length: 0\r\n"), 400},
        {"two equal lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
        {"a list of lengths", post("Content-Length: 5, 5\r\n"), 400},
        {"length with sign", post("Content-Length: +5\r\n"), 400},
        {"negative length", post("Content-Length: -5\r\n"), 400},
        {"hexadecimal length", post("Content-Length: 0x5\r\n"), 400},
        {"empty length", post("Content-Length:\r\n"), 400},
        {"length with a blank inside", post("Content-Length: 5 0\r\n"), 400},
        {"length with a letter", post("Content-Length: 5a\r\n"), 400},
        {"length with a point", post("Content-Length: 5.0\r\n"), 400},
        {"length past 64 bits", post("Content-Length: 18446744073709551621\r\n"), 400},
        {"length past 2^53", post("Content-Length: 9007199254740993\r\n"), 400},
        {"length in quotes", post("Content-Length: \"5\"\r\n"), 400},
        {"gzip alone", post("Transfer-Encoding: gzip\r\n"), 501},
        {"gzip and length", post("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"), 400},
        {"chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), 501},
        {"gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
        {"chunked twice in a list", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 501},
        {"chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
         400},
        {"chunked and identity",
         post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"), 400},
        {"xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501},
        {"identity", post("Transfer-Encoding: identity\r\n"), 501},
        {"empty coding", post("Transfer-Encoding:\r\n"), 501},
        {"chunked with parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"), 501},
        {"chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 501},
        {"chunked with a vertical tab",
         post("Transfer-Encoding: \x0b"
              "chunked\r\n",
              "0\r\n\r\n"),
         400},
        {"blank before the colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400},
        {"tab before the colon", post("Content-Length\t: 5\r\n"), 400},
        {"chunked in HTTP/1.0",
         "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s.append(
             second_request),
         400},
        // Lines.
        {"bare LF", "GET /echo HTTP/1.1\nHost: a\n\n"s.append(second_request), 400},
        {"bare LF after a field", "GET /echo HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"s.append(second_request), 400},
        {"bare LF at the end", "GET /echo HTTP/1.1\r\nHost: a\r\n\n"s.append(second_request), 400},
        {"bare CR in a value", post("X: a\rContent-Length: 5\r\n"), 400},
        {"bare CR as line end", "GET /echo HTTP/1.1\rHost: a\r\r"s.append(second_request), 400},
        {"CR CR LF", "GET /echo HTTP/1.1\r\r\nHost: a\r\n\r\n"s.append(second_request), 400},
        {"folded value", post("X: a\r\n b\r\nContent-Length: 5\r\n"), 400},
        {"folded with tab", post("X: a\r\n\tContent-Length: 5\r\n"), 400},
        {"folded first line", "GET /echo HTTP/1.1\r\n Host: a\r\n\r\n"s.append(second_request), 400},
        {"NUL in a value", post("X: a\0b\r\n"s), 400},
        {"NUL in a name", post("X\0: a\r\n"s), 400},
        {"DEL in a value", post("X: a\x7f\r\n"), 400},
        {"escape in a value", post("X: \x1b[31m\r\n"), 400},
        {"no colon", post("Content-Length 5\r\n"), 400},
        {"empty name", post(": a\r\n"), 400},
        {"name with brackets", post("X(y): a\r\n"), 400},
        {"name beyond ASCII", post("X\xc3\xa4: a\r\n"), 400},
        {"name with a blank", post("X y: a\r\n"), 400},
        // The request line.
        {"no version", get("GET /echo"), 400},
        {"HTTP/0.9", "GET /echo\r\n"s.append(second_request), 400},
        {"HTTP/1.2", get("GET /echo HTTP/1.2"), 505},
        {"HTTP/2.0", get("GET /echo HTTP/2.0"), 505},
        {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s, 505},
        {"HTTP/1.10", get("GET /echo HTTP/1.10"), 505},
        {"HTTP/01.1", get("GET /echo HTTP/01.1"), 505},
        {"lower-case version", get("GET /echo http/1.1"), 505},
        {"two blanks", get("GET  /echo HTTP/1.1"), 400},
        {"two blanks before the version", get("GET /echo  HTTP/1.1"), 505},
        {"tab for blank", get("GET\t/echo HTTP/1.1"), 400},
        {"blank before the method", get(" GET /echo HTTP/1.1"), 400},
        {"blank at the end", get("GET /echo HTTP/1.1 "), 505},
        {"method that is no token", get("G(T /echo HTTP/1.1"), 400},
        {"blank in the target", get("GET /ec ho HTTP/1.1"), 505},
        {"fragment", get("GET /echo#x HTTP/1.1"), 400},
        {"backslash", get("GET \\echo HTTP/1.1"), 400},
        {"backslash inside", get("GET /a\\..\\b HTTP/1.1"), 400},
        {"target beyond ASCII", get("GET /\xc3\xa4 HTTP/1.1"), 400},
        {"control character in the target", get("GET /a\x01 HTTP/1.1"), 400},
        {"NUL in the target", get("GET /a\0b HTTP/1.1"s), 400},
        {"target without slash", get("GET echo HTTP/1.1"), 400},
        {"asterisk for GET", get("GET * HTTP/1.1"), 400},
        {"authority", get("CONNECT a:80 HTTP/1.1"), 400},
        {"absolute target of another host", get("GET http://b/echo HTTP/1.1"), 400},
        {"absolute target with userinfo", get("GET http://x@a/echo HTTP/1.1"), 400},
        {"absolute target of another scheme", get("GET ftp://a/echo HTTP/1.1"), 400},
        // Host (RFC 9112 section 3.2).
        {"no host", get("GET /echo HTTP/1.1", "X: y\r\n"), 400},
        {"two hosts", get("GET /echo HTTP/1.1", "Host: a\r\nHost: a\r\n"), 400},
        {"two different hosts", get("GET /echo HTTP/1.1", "Host: a\r\nHost: b\r\n"), 400},
        {"empty host", get("GET /echo HTTP/1.1", "Host:\r\n"), 400},
        {"host with path", get("GET /echo HTTP/1.1", "Host: a/b\r\n"), 400},
        {"host with userinfo", get("GET /echo HTTP/1.1", "Host: x@a\r\n"), 400},
        {"host with list", get("GET /echo HTTP/1.1", "Host: a, b\r\n"), 400},
        {"host with bad port", get("GET /echo HTTP/1.1", "Host: a:b\r\n"), 400},
        {"two hosts in HTTP/1.0", get("GET /echo HTTP/1.0", "Host: a\r\nHost: b\r\n"), 400},
        // Not HTTP at all.
        {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
        {"SSH", "SSH-2.0-OpenSSH_9.2\r\n\r\n"s, 400},
        {"three empty lines", "\r\n\r\n\r\n"s + get("GET /echo HTTP/1.1"), 400},
        // Expectations.
        {"unknown expectation", post("Content-Length: 5\r\nExpect: 200-ok\r\n"), 417},
        {"two expectations", post("Content-Length: 5\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n"),
         417},
        // Chunks.
        {"chunk size with sign", chunked("+5\r\nhello\r\n0\r\n\r\n"), 400, true},
        {"negative chunk size", chunked("-5\r\nhello\r\n0\r\n\r\n"), 400, true},
        {"chunk size with 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400, true},
        {"chunk size past 64 bits", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), 400, true},
        {"empty chunk size", chunked("\r\nhello\r\n0\r\n\r\n"), 400, true},
        {"blank before a chunk size", chunked(" 5\r\nhello\r\n0\r\n\r\n"), 400, true},
        {"blank after a chunk size", chunked("5 \r\nhello\r\n0\r\n\r\n"), 400, true},
        {"chunk size with underscore", chunked("0_5\r\nhello\r\n0\r\n\r\n"), 400, true},
        {"bare LF after a chunk size", chunked("5\nhello\r\n0\r\n\r\n"), 400, true},
        {"bare LF after a chunk", chunked("5\r\nhello\n0\r\n\r\n"), 400, true},
        {"chunk longer than its size", chunked("4\r\nhello\r\n0\r\n\r\n"), 400, true},
        {"chunk shorter than its size", chunked("6\r\nhello\r\n0\r\n\r\n"), 400, true},
        {"bare LF in an extension", chunked("5;a\nb\r\nhello\r\n0\r\n\r\n"), 400, true},
        {"bare CR in an extension", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), 400, true},
        {"long chunk extension", chunked("5;" + std::string(300, 'x') + "\r\nhello\r\n0\r\n\r\n"), 400, true},
        {"bare LF in a trailer", chunked("0\r\nX: a\nY: b\r\n\r\n"), 400, true},
        {"long trailers", chunked("0\r\nX: " + std::string(5000, 'x') + "\r\n\r\n"), 400, true},
    };
}

}  // namespace alma::http
