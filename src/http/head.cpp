#include "http/head.hpp"

#include "base/encoding.hpp"
#include "http/forwarded.hpp"
#include "http/grammar.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <charconv>

namespace alma::http {
namespace {

namespace beast = boost::beast;

constexpr std::uint64_t max_content_length = std::uint64_t(1) << 53;

/// Boost.Beast's parser, which gives the pieces as views of its input. Boost 1.81's is too lenient to be the
/// judge (see the checks below), but what it refuses is refused.
class PieceParser final : public beast::http::basic_parser<true> {
public:
    PieceParser(Head& head, const Limits& limits) : head_(head) {
        header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        skip(true);  // the body is read by RequestBody
    }

private:
    static std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                         beast::error_code&) override {
        head_.method = view(method);
        head_.target = view(target);
        head_.version = version;
    }
    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                       beast::error_code&) override {
        head_.headers.push_back({view(name), view(value)});
    }
    void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
    void on_header_impl(beast::error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
    std::size_t on_body_impl(beast::string_view, beast::error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, beast::error_code&) override {
        return 0;
    }
    void on_finish_impl(beast::error_code&) override {}

    Head& head_;
};

std::optional<Refusal> bad_request(std::string_view detail) {
    return Refusal{Status::bad_request, detail};
}

std::optional<Refusal> parse_pieces(std::string_view bytes, const Limits& limits, Head& head) {
    PieceParser parser(head, limits);
    beast::error_code error;
    parser.put(asio::const_buffer(bytes.data(), bytes.size()), error);
    if (error == beast::http::error::bad_version)
        return Refusal{Status::http_version_not_supported, "HTTP version not supported"};
    if (error == beast::http::error::bad_content_length) return bad_request("Content-Length is malformed");
    if (error == beast::http::error::bad_transfer_encoding)
        return bad_request("Transfer-Encoding is not acceptable");
    if (error || !parser.is_header_done()) return bad_request("The request header is malformed");
    return std::nullopt;
}

/// Looks at all bytes, whatever the first ones are, so that the compiler makes it look at sixteen at a time.
bool is_text(std::string_view value) {
    bool has_control = false;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        has_control |= (byte < 0x20 && byte != '\t') || byte == 0x7f;
    }
    return !has_control;
}

std::optional<Refusal> check_fields(const Head& head) {
    for (const Header& field : head.headers) {
        if (!is_token(field.name)) return bad_request("The name of a header field is malformed");
        if (!is_text(field.value)) return bad_request("The value of a header field is malformed");
    }
    return std::nullopt;
}

std::optional<Refusal> check_version(const Head& head) {
    if (head.version == 10 || head.version == 11) return std::nullopt;
    return Refusal{Status::http_version_not_supported, "HTTP version not supported"};
}

/// The one field of that name; the flag tells of a second one.
struct Single {
    std::optional<std::string_view> value;
    bool is_repeated = false;
};

Single single(const Head& head, std::string_view name) {
    Single found;
    for (const Header& field : head.headers) {
        if (field.name.size() != name.size() || !equals_ignoring_case(field.name, name)) continue;
        found.is_repeated = found.value.has_value();
        if (!found.value) found.value = field.value;
        if (found.is_repeated) break;
    }
    return found;
}

/// RFC 9112 section 3.2: exactly one Host in HTTP/1.1.
std::optional<Refusal> check_host(Head& head) {
    const Single host = single(head, "Host");
    if (!host.value) return head.version == 10 ? std::nullopt : bad_request("Host is missing");
    if (host.is_repeated || !is_host(*host.value)) return bad_request("Host is malformed");
    head.host = *host.value;
    return std::nullopt;
}

/// "http://host/path" -> "/path", when the host is that of the Host field (RFC 9112 section 3.2.2).
std::optional<std::string_view> path_of_absolute(std::string_view target, std::string_view host) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.size() < scheme.size() || !equals_ignoring_case(target.substr(0, scheme.size()), scheme))
            continue;
        target.remove_prefix(scheme.size());
        const std::size_t end = std::min(target.find_first_of("/?"), target.size());
        if (!equals_ignoring_case(target.substr(0, end), host)) return std::nullopt;
        return target.substr(end);
    }
    return std::nullopt;
}

std::optional<Refusal> check_target(Head& head) {
    const auto is_target_char = [](char c) { return c > 0x20 && c < 0x7f && c != '#' && c != '\\'; };
    if (!std::ranges::all_of(head.target, is_target_char))
        return bad_request("The request target is malformed");
    std::string_view target = head.target;
    if (target == "*" && head.method == "OPTIONS") {
        head.path = target;
        return std::nullopt;
    }
    if (!target.starts_with('/')) {
        const std::optional<std::string_view> path = path_of_absolute(target, head.host);
        if (!path) return bad_request("The request target is malformed");
        target = *path;
    }
    const std::size_t path_end = std::min(target.find('?'), target.size());
    head.path = path_end == 0 ? std::string_view("/") : target.substr(0, path_end);
    head.query = target.substr(std::min(path_end + 1, target.size()));
    return std::nullopt;
}

std::optional<Refusal> check_transfer_encoding(Head& head, const Single& coding) {
    if (head.version == 10) return bad_request("Transfer-Encoding needs HTTP/1.1");
    if (coding.is_repeated) return bad_request("Transfer-Encoding is not acceptable");
    if (!equals_ignoring_case(*coding.value, "chunked"))
        return Refusal{Status::not_implemented, "Transfer-Encoding is not supported"};
    head.is_chunked = true;
    return std::nullopt;
}

/// RFC 9112 section 6: where the body ends. Never two answers to that.
std::optional<Refusal> check_framing(Head& head) {
    const Single coding = single(head, "Transfer-Encoding");
    const Single length = single(head, "Content-Length");
    if (coding.value && length.value)
        return bad_request("Transfer-Encoding and Content-Length exclude each other");
    if (coding.value) return check_transfer_encoding(head, coding);
    if (!length.value) return std::nullopt;
    const std::string_view digits = *length.value;
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
    if (length.is_repeated || !is_digits(digits) || error != std::errc() || bytes > max_content_length)
        return bad_request("Content-Length is malformed");
    head.content_length = bytes;
    return std::nullopt;
}

std::optional<Refusal> check_expectation(Head& head) {
    const Single expectation = single(head, "Expect");
    // RFC 9110 section 10.1.1: an HTTP/1.0 client does not know it.
    if (!expectation.value || head.version == 10) return std::nullopt;
    if (expectation.is_repeated || !equals_ignoring_case(*expectation.value, "100-continue"))
        return Refusal{Status::expectation_failed, "Expectation failed"};
    head.expects_continue = head.has_body();
    return std::nullopt;
}

void read_connection_options(Head& head) {
    bool is_closed = false;
    bool is_kept = false;
    for (const Header& field : head.headers) {
        if (field.name.size() != 10 || !equals_ignoring_case(field.name, "Connection")) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(','), rest.size());
            const std::string_view option = trim_whitespace(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            is_closed |= equals_ignoring_case(option, "close");
            is_kept |= equals_ignoring_case(option, "keep-alive");
        }
    }
    head.keeps_alive = !is_closed && (head.version == 11 || is_kept);
}

}  // namespace

void Head::clear() {
    std::vector<Header> emptied = std::move(headers);
    emptied.clear();
    *this = Head{};
    headers = std::move(emptied);
}

std::optional<Refusal> read_head(std::string_view bytes, const Limits& limits, Head& head) {
    head.clear();
    if (auto refusal = parse_pieces(bytes, limits, head)) return refusal;
    if (auto refusal = check_version(head)) return refusal;
    if (auto refusal = check_fields(head)) return refusal;
    if (auto refusal = check_host(head)) return refusal;
    if (auto refusal = check_target(head)) return refusal;
    if (auto refusal = check_framing(head)) return refusal;
    if (auto refusal = check_expectation(head)) return refusal;
    read_connection_options(head);
    return std::nullopt;
}

}  // namespace alma::http
