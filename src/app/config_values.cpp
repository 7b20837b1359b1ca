#include "app/config_values.hpp"

#include "base/email_address.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "http/grammar.hpp"
#include "http/listening_address.hpp"
#include "mail/mime.hpp"
#include "storage/s3/s3_location.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>
#include <fstream>
#include <set>

namespace alma::app {
namespace {

[[noreturn]] void refuse(const std::string& problem) {
    throw std::invalid_argument(problem);
}

int read_prefix(std::string_view text, int longest) {
    int prefix = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), prefix);
    const bool is_number = end == text.data() + text.size() && !text.empty() && text.front() != '-';
    if (!is_number) refuse("holds a network whose prefix is no number");
    if (error != std::errc() || prefix > longest)
        refuse(fmt::format("holds a network whose prefix is longer than the {} bits of an address", longest));
    return prefix;
}

void add_network(http::TrustedProxies& proxies, std::string_view text) {
    const std::size_t slash = text.find('/');
    boost::system::error_code error;
    const auto address = asio::ip::make_address(std::string(text.substr(0, slash)), error);
    if (error) refuse("holds something that is no IP address or network");
    const int longest = address.is_v4() ? 32 : 128;
    const int prefix =
        slash == std::string_view::npos ? longest : read_prefix(text.substr(slash + 1), longest);
    if (address.is_v4()) {
        proxies.v4.push_back(
            asio::ip::network_v4(address.to_v4(), static_cast<unsigned short>(prefix)).canonical());
    } else {
        proxies.v6.push_back(
            asio::ip::network_v6(address.to_v6(), static_cast<unsigned short>(prefix)).canonical());
    }
}

}  // namespace

std::int64_t read_number(std::string_view text, std::int64_t least, std::int64_t most) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < least || number > most)
        refuse(fmt::format("is no number from {} to {}", least, most));
    return number;
}

std::chrono::milliseconds read_seconds(std::string_view text, int most) {
    double seconds = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
    if (error != std::errc() || end != text.data() + text.size() || !(seconds >= 0.001 && seconds <= most))
        refuse(fmt::format("is no number of seconds from 0.001 to {}", most));
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

bool read_flag(std::string_view text) {
    static const std::set<std::string, std::less<>> yes = {"true", "yes", "on", "1"};
    static const std::set<std::string, std::less<>> no = {"false", "no", "off", "0"};
    const std::string folded = ascii_lower(text);
    if (yes.contains(folded)) return true;
    if (no.contains(folded)) return false;
    refuse("is neither true nor false");
}

http::TrustedProxies read_proxies(std::string_view text) {
    http::TrustedProxies proxies;
    while (true) {
        const std::size_t comma = std::min(text.find(','), text.size());
        add_network(proxies, http::trim_whitespace(text.substr(0, comma)));
        if (comma == text.size()) return proxies;
        text.remove_prefix(comma + 1);
    }
}

namespace {

/// Boost.URL takes any digits.
void read_port(std::string_view text) {
    try {
        read_number(text, 1, 65535);
    } catch (const std::invalid_argument&) {
        refuse("has no port from 1 to 65535");
    }
}

}  // namespace

std::string read_base_url(std::string_view text) {
    const auto parsed = boost::urls::parse_uri(boost::urls::string_view(text.data(), text.size()));
    if (!parsed || (parsed->scheme() != "http" && parsed->scheme() != "https"))
        refuse("is no http:// or https:// URL");
    if (parsed->encoded_host().empty()) refuse("names no host");
    if (parsed->has_port()) read_port(std::string(parsed->port()));
    if (parsed->has_userinfo()) refuse("holds a user name or password");
    if (parsed->has_query() || parsed->has_fragment()) refuse("has a query or a fragment");
    while (text.ends_with('/'))
        text.remove_suffix(1);
    return std::string(text);
}

namespace {

/// It becomes part of a header, in which blanks, commas and semicolons would end it.
std::string read_origin(std::string_view text) {
    std::string base;
    try {
        base = ascii_lower(read_base_url(text));
    } catch (const std::invalid_argument& problem) {
        refuse(fmt::format("holds an origin that {}", problem.what()));
    }
    const boost::urls::url_view url(base);
    if (!url.encoded_path().empty()) refuse("holds an origin with a path");
    const std::string_view host(url.encoded_host().data(), url.encoded_host().size());
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
    if (host.find_first_not_of(allowed) != std::string_view::npos)
        refuse("holds an origin whose host is none (write xn--... for letters beyond ASCII)");
    return base;
}

}  // namespace

std::vector<std::string> read_origins(std::string_view text) {
    std::vector<std::string> origins;
    for (const std::string_view element : http::split_list(text))
        origins.push_back(read_origin(element));
    return origins;
}

std::string read_short_text(std::string_view text) {
    if (utf8_length(text) > 100) refuse("has more than 100 characters");
    return std::string(text);
}

namespace {

/// By the header (https://sqlite.org/fileformat.html section 1.3): a mistyped path must harm no other file,
/// nor have lock files made beside it. What cannot be read, whoever opens it will say.
bool may_be_database(const std::filesystem::path& file) {
    constexpr std::string_view header{"SQLite format 3\0", 16};
    std::ifstream stream(file, std::ios::binary);
    std::string begin(header.size(), '\0');
    stream.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    begin.resize(static_cast<std::size_t>(stream.gcount()));
    return begin.empty() || begin == header;
}

}  // namespace

std::filesystem::path read_sqlite_url(std::string_view text) {
    constexpr std::string_view prefix = "sqlite:///";
    if (!text.starts_with(prefix)) refuse("begins neither with postgresql:// nor with sqlite:///");
    text.remove_prefix(prefix.size());
    if (text.empty() || text.ends_with('/')) refuse("names no file");
    if (text.find_first_of("?#") != std::string_view::npos) refuse("has parameters, of which none is known");
    if (text == ":memory:") refuse("names no file, and leads are to be kept");
    std::filesystem::path file(text);
    if (std::error_code error; std::filesystem::is_directory(file, error)) refuse("names a directory");
    if (!may_be_database(file)) refuse("names a file that is no SQLite database");
    return file;
}

std::string read_bucket(std::string_view text) {
    if (!storage::is_bucket_name(text)) refuse("is no name of a bucket");
    return std::string(text);
}

std::string read_region(std::string_view text) {
    if (!storage::is_region_name(text)) refuse("is no name of a region");
    return std::string(text);
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

namespace {

/// Whether mails can come from it, and from nothing that was made of it.
bool is_writable_sender(std::string_view text, std::string_view address) {
    try {
        return mail::parse_sender(text).address == mail::parse_sender(address).address;
    } catch (const Error&) {
        return false;
    }
}

}  // namespace

std::string read_sender(std::string_view text) {
    std::string_view address = text;
    if (text.ends_with('>')) {
        const std::size_t open = text.rfind('<');
        if (open == std::string_view::npos) refuse("has '>' without '<'");
        if (text.substr(0, open).find_first_of("<>\"") != std::string_view::npos)
            refuse("has a name with quotes or angle brackets");
        address = text.substr(open + 1, text.size() - open - 2);
    }
    if (!is_email_address(address)) refuse("holds no e-mail address");
    if (!is_writable_sender(text, address)) refuse("holds no address that mails can come from");
    return std::string(text);
}

std::string read_secret_key(std::string_view text) {
    const std::string folded = ascii_lower(text);
    for (const std::string_view placeholder :
         {"your-secret-key", "your_secret_key", "changeme", "change-me", "change_me", "replace-me"}) {
        if (folded.find(placeholder) != std::string::npos)
            refuse("is the placeholder of an example, which everybody knows");
    }
    if (text.size() < 32) refuse(fmt::format("has {} bytes, and fewer than 32 can be guessed", text.size()));
    return std::string(text);
}

std::string read_host(std::string_view text) {
    boost::system::error_code error;
    asio::ip::make_address(std::string(text), error);
    if (!error) return std::string(text);
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    // A last label of digits is a mistyped IPv4 address: no top-level domain is a number.
    const std::string_view last_label = text.substr(text.rfind('.') + 1);
    if (text.size() > 253 || text.find_first_not_of(allowed) != std::string_view::npos ||
        last_label.find_first_not_of("0123456789") == std::string_view::npos)
        refuse("is neither a host name nor an IP address");
    return std::string(text);
}

void require_own_address(const std::string& host) {
    boost::system::error_code error;
    // Port 0: any free one. Whether PORT is free shows when it is taken.
    const asio::ip::tcp::endpoint endpoint = http::find_endpoint(host, 0, error);
    if (error) refuse("is no address, and no name that has one");
    asio::io_context loop;
    asio::ip::tcp::acceptor probe(loop);
    http::bind(probe, endpoint, error);
    if (error) refuse("is no address of this machine");
}

}  // namespace alma::app
