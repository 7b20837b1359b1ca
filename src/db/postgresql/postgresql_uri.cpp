#include "db/postgresql/postgresql_uri.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace alma::db {
namespace {

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

/// libpq's own complaint is dropped: it quotes the URI, and so perhaps the password.
Options parse(const std::string& uri) {
    char* complaint = nullptr;
    Options options(PQconninfoParse(uri.c_str(), &complaint));
    PQfreemem(complaint);
    return options;
}

std::string_view value_of(const Options& options, std::string_view keyword) {
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->keyword == keyword) return option->val == nullptr ? "" : option->val;
    }
    return {};
}

std::vector<std::string_view> split(std::string_view list) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t comma = list.find(',');
        parts.push_back(list.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        list.remove_prefix(comma + 1);
    }
}

/// "postgresql+asyncpg" and "postgres" -> true
bool is_postgresql_scheme(std::string_view scheme) {
    const std::string_view dialect = scheme.substr(0, scheme.find('+'));
    return dialect == "postgresql" || dialect == "postgres";
}

/// The n-th value of a list that may have one for all.
std::string_view nth(const std::vector<std::string_view>& values, std::size_t n) {
    return values.size() == 1 ? values.front() : n < values.size() ? values[n] : "";
}

/// "a,b,c" from its second part on -> "b,c,a"
std::string rotated(std::string_view list, std::size_t first) {
    std::vector<std::string_view> parts = split(list);
    if (parts.size() == 1) return std::string(list);
    std::ranges::rotate(parts, parts.begin() + static_cast<std::ptrdiff_t>(first % parts.size()));
    return fmt::format("{}", fmt::join(parts, ","));
}

std::string quoted_value(std::string_view value) {
    std::string text = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') text += '\\';
        text += c;
    }
    return text + "'";
}

// libpq looks at values only when it connects, and a connection is tried again and again: what can never be
// right has to be found before. The values are those of
// https://www.postgresql.org/docs/15/libpq-connect.html.
constexpr std::pair<std::string_view, std::string_view> choices_of_libpq[] = {
    {"sslmode", "disable allow prefer require verify-ca verify-full"},
    {"target_session_attrs", "any read-write read-only primary standby prefer-standby"},
    {"gssencmode", "disable prefer require"},
    {"channel_binding", "disable prefer require"},
};
constexpr std::string_view numbers_of_libpq[] = {"connect_timeout",  "keepalives",
                                                 "keepalives_idle",  "keepalives_interval",
                                                 "keepalives_count", "tcp_user_timeout"};

[[noreturn]] void refuse(std::string_view keyword, std::string_view expected) {
    throw std::invalid_argument(fmt::format("has a {} that is none of libpq's: {}", keyword, expected));
}

std::optional<int> number_in(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

void check_ports(std::string_view ports) {
    for (const std::string_view port : split(ports)) {
        const int number = port.empty() ? 1 : number_in(port).value_or(0);
        if (number < 1 || number > 65535) refuse("port", "a number from 1 to 65535");
    }
}

void check_choice(std::string_view keyword, std::string_view value, std::string_view choices) {
    if (value.empty()) return;
    for (std::string_view rest = choices; !rest.empty();) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        if (rest.substr(0, end) == value) return;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    refuse(keyword, choices);
}

void check_number(std::string_view keyword, std::string_view value) {
    if (!value.empty() && !number_in(value)) refuse(keyword, "a number");
}

}  // namespace

bool is_postgresql_url(std::string_view url) {
    const std::size_t end = url.find("://");
    return end != std::string_view::npos && is_postgresql_scheme(url.substr(0, end));
}

std::string read_postgresql_url(std::string_view url) {
    const std::size_t end = url.find("://");
    if (!is_postgresql_url(url)) throw std::invalid_argument("does not begin with postgresql://");
    std::string uri = "postgresql" + std::string(url.substr(end));
    const Options options = parse(uri);
    if (!options) {
        throw std::invalid_argument(
            "is no URI that libpq understands (percent-encode what is special in a user name or password; "
            "the "
            "parameters are libpq's, as in ?sslmode=require)");
    }
    check_ports(value_of(options, "port"));
    for (const auto& [keyword, choices] : choices_of_libpq)
        check_choice(keyword, value_of(options, keyword), choices);
    for (const std::string_view keyword : numbers_of_libpq)
        check_number(keyword, value_of(options, keyword));
    return uri;
}

std::string describe_postgresql_uri(const std::string& uri) {
    const Options options = parse(uri);
    if (!options) return "PostgreSQL";
    const std::vector<std::string_view> hosts = split(value_of(options, "host"));
    const std::vector<std::string_view> ports = split(value_of(options, "port"));
    std::string places;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const std::string_view port = nth(ports, i);
        places += fmt::format("{}{}{}{}", places.empty() ? "" : ",",
                              hosts[i].empty() ? "localhost" : hosts[i], port.empty() ? "" : ":", port);
    }
    const std::string_view database = value_of(options, "dbname");
    return fmt::format("{} at {}", database.empty() ? "the user's database" : database, places);
}

std::string starting_with(const std::string& uri, const PostgresqlHost& first) {
    constexpr std::string_view default_port = "5432";
    const Options options = parse(uri);
    if (!options) return uri;
    const std::string_view addresses = value_of(options, "hostaddr");
    const std::string_view names = value_of(options, "host");
    const std::vector<std::string_view> hosts = split(names.empty() ? addresses : names);
    const std::vector<std::string_view> ports = split(value_of(options, "port"));
    std::size_t found = 0;
    for (; found < hosts.size(); ++found) {
        const std::string_view port = nth(ports, found);
        if (hosts[found] == first.host && (port.empty() ? default_port : port) == first.port) break;
    }
    if (found == 0 || found == hosts.size()) return uri;
    std::string text;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr) continue;
        const std::string_view keyword = option->keyword;
        const bool is_list = keyword == "host" || keyword == "hostaddr" || keyword == "port";
        text +=
            fmt::format("{}={} ", keyword, quoted_value(is_list ? rotated(option->val, found) : option->val));
    }
    return text;
}

}  // namespace alma::db
