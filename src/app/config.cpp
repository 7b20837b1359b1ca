#include "app/config.hpp"

#include "app/config_values.hpp"
#include "base/curl.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "db/postgresql/postgresql_uri.hpp"
#include "http/listening_address.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdlib>
#include <numeric>

namespace alma::app {
namespace {

std::optional<limits::Rate> read_rate(std::string_view text) {
    try {
        return limits::parse_rate(text);
    } catch (const Error&) {
        throw std::invalid_argument("is no rate");
    }
}

log::Level read_level(std::string_view text) {
    const std::string folded = ascii_lower(text);
    if (folded == "debug") return log::Level::debug;
    if (folded == "info") return log::Level::info;
    if (folded == "warning" || folded == "warn") return log::Level::warning;
    if (folded == "error") return log::Level::error;
    throw std::invalid_argument("is no level");
}

log::Format read_format(std::string_view text) {
    const std::string folded = ascii_lower(text);
    if (folded == "text") return log::Format::text;
    if (folded == "json") return log::Format::json;
    throw std::invalid_argument("is no format");
}

std::filesystem::path read_ca_file(std::string_view text) {
    std::filesystem::path file(text);
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) throw std::invalid_argument("names no file");
    if (!holds_certificates(file)) throw std::invalid_argument("names a file without certificates");
    return file;
}

void read_database_url(Config& config, std::string_view text) {
    if (db::is_postgresql_url(text)) {
        config.postgresql_uri = db::read_postgresql_url(text);
    } else {
        config.database_file = read_sqlite_url(text);
    }
}

constexpr std::string_view any = "any text";
constexpr std::string_view own_address =
    "an address of this machine or a name of one, or 0.0.0.0 or :: for all";
constexpr std::string_view flag = "true or false";
constexpr std::string_view region = "the name of a region, as in eu-central-1";
constexpr std::string_view endpoint = "a URL like https://s3.firm.example or http://127.0.0.1:9000";
constexpr std::string_view rate = "N/second, N/minute or N/hour, or off";
constexpr std::string_view database_urls =
    "postgresql://user:password@host:port/database, sqlite:///relative/path or sqlite:////absolute/path; "
    "leave "
    "it unset for leads.db in DATA_DIR";
constexpr std::string_view key_advice =
    "at least 32 random bytes (openssl rand -hex 32), or leave it unset and one is made; logging in anew is "
    "all that a new key costs";

constexpr std::string_view retention = "days from 1 to 36500, or off";

std::optional<std::chrono::days> read_retention(std::string_view value) {
    if (value == "off") return std::nullopt;
    return std::chrono::days(read_number(value, 1, 36'500));
}

// clang-format off
constexpr Variable table[] = {
    {"HOST", "127.0.0.1", "Address to listen on; 0.0.0.0 or :: for all.", own_address,
     [](Config& c, std::string_view v) { c.server.host = read_host(v); }},
    {"PORT", "8000", "TCP port to listen on.", "a TCP port, or 0 for any free one",
     [](Config& c, std::string_view v) { c.server.port = static_cast<std::uint16_t>(read_number(v, 0, 65535)); }},
    {"DATA_DIR", "./data", "Directory of everything that the embedded defaults write; one process owns it.", "a directory",
     [](Config& c, std::string_view v) { c.data_directory = v; }},
    {"DATABASE_URL", "sqlite:///DATA_DIR/leads.db", "The database: an SQLite file, or a PostgreSQL server for any number of instances.", database_urls, read_database_url},
    {"SECRET_KEY", "made at first start, kept in DATA_DIR/secret.key", "Key that signs access tokens (HS256).", key_advice,
     [](Config& c, std::string_view v) { c.secret_key = read_secret_key(v); }},
    {"ACCESS_TOKEN_EXPIRE_MINUTES", "30", "Minutes until an access token expires.", "minutes, at most a year of them",
     [](Config& c, std::string_view v) { c.token_lifetime = std::chrono::minutes(read_number(v, 1, 525'600)); }},
    {"AWS_S3_BUCKET_NAME", "none: resumes are files below DATA_DIR/resumes", "S3 bucket for resumes.", "the name of a bucket",
     [](Config& c, std::string_view v) { c.s3.bucket = read_bucket(v); }},
    // Without a bucket these are for other programs on the machine: they are checked only with one.
    {"AWS_ACCESS_KEY_ID", "none; required with AWS_S3_BUCKET_NAME", "Key that may use the bucket.", any,
     [](Config& c, std::string_view v) { c.s3.credentials.access_key_id = v; }},
    {"AWS_SECRET_ACCESS_KEY", "none; required with AWS_S3_BUCKET_NAME", "Secret of the key.", any,
     [](Config& c, std::string_view v) { c.s3.credentials.secret_access_key = v; }},
    {"AWS_SESSION_TOKEN", "none", "Session token, of a temporary key.", any,
     [](Config& c, std::string_view v) { c.s3.credentials.session_token = v; }},
    {"AWS_REGION", "us-east-1 with AWS_ENDPOINT_URL; else required with AWS_S3_BUCKET_NAME", "Region of the bucket.", region,
     [](Config& c, std::string_view v) { c.s3.region = v; }},
    {"AWS_ENDPOINT_URL", "AWS's own", "An S3-compatible server; the bucket is then in the path.", endpoint,
     [](Config& c, std::string_view v) { c.s3.endpoint = v; }},
    {"IMPORT_AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID, with what belongs to it", "Key that may read the original service's bucket, after alma-leads import.", any,
     [](Config& c, std::string_view v) { c.original_s3.credentials.access_key_id = v; }},
    {"IMPORT_AWS_SECRET_ACCESS_KEY", "none; required with IMPORT_AWS_ACCESS_KEY_ID", "Secret of that key.", any,
     [](Config& c, std::string_view v) { c.original_s3.credentials.secret_access_key = v; }},
    {"IMPORT_AWS_SESSION_TOKEN", "none", "Session token, of a temporary key.", any,
     [](Config& c, std::string_view v) { c.original_s3.credentials.session_token = v; }},
    {"IMPORT_AWS_ENDPOINT_URL", "AWS's own", "An S3-compatible server that has the original service's bucket.", endpoint,
     [](Config& c, std::string_view v) { c.original_s3.endpoint = read_base_url(v); }},
    {"MAIL_SERVER", "none: each mail is an .eml file in DATA_DIR/mail", "SMTP server.", "a host name or an IP address",
     [](Config& c, std::string_view v) { c.smtp.server = read_host(v); }},
    {"MAIL_PORT", "587", "Port of the SMTP server.", "a TCP port",
     [](Config& c, std::string_view v) { c.smtp.port = static_cast<std::uint16_t>(read_number(v, 1, 65535)); }},
    {"MAIL_USERNAME", "none: no login", "User name at the SMTP server.", any,
     [](Config& c, std::string_view v) { c.smtp.username = v; }},
    {"MAIL_PASSWORD", "none", "Password at the SMTP server.", any,
     [](Config& c, std::string_view v) { c.smtp.password = v; }},
    {"MAIL_FROM", "none; required with MAIL_SERVER", "Sender of all mails.", "an address, or a name and an address: Firm <leads@firm.example>",
     [](Config& c, std::string_view v) { c.smtp.from = read_sender(v); }},
    {"MAIL_STARTTLS", "true", "Require STARTTLS; turn off only for a relay on the same machine or network.", flag,
     [](Config& c, std::string_view v) { c.smtp.starttls = read_flag(v); }},
    {"MAIL_SSL_TLS", "false", "TLS from the first byte (port 465); wins over MAIL_STARTTLS.", flag,
     [](Config& c, std::string_view v) { c.smtp.ssl_tls = read_flag(v); }},
    {"MAIL_CA_FILE", "none", "Certificates (PEM) to trust besides the system's.", "a file of certificates in PEM form",
     [](Config& c, std::string_view v) { c.smtp.ca_file = read_ca_file(v); }},
    {"MAIL_MAX_ATTEMPTS", "3", "Attempts to deliver a mail, the first included.", "a number from 1 to 100",
     [](Config& c, std::string_view v) { c.outbox.max_attempts = static_cast<int>(read_number(v, 1, 100)); }},
    {"MAIL_RETRY_BASE_SECONDS", "1", "Seconds before the second attempt; doubles each time, with jitter, up to 60.", "seconds",
     [](Config& c, std::string_view v) { c.outbox.retry_base = read_seconds(v, 60); }},
    {"LEAD_RATE_LIMIT", "5/minute", "Submissions per client address, over a sliding window.", rate,
     [](Config& c, std::string_view v) { c.lead_rate = read_rate(v); }},
    {"LOGIN_RATE_LIMIT", "20/hour", "Failed logins from one address at one account, over a sliding window.", rate,
     [](Config& c, std::string_view v) { c.login_rate = read_rate(v); }},
    {"RETENTION_DAYS_PENDING", "off", "Days without a change after which a PENDING lead is erased.", retention,
     [](Config& c, std::string_view v) { c.retention.pending = read_retention(v); }},
    {"RETENTION_DAYS_REACHED_OUT", "off", "Days without a change after which a REACHED_OUT lead is erased.", retention,
     [](Config& c, std::string_view v) { c.retention.reached_out = read_retention(v); }},
    {"FIRM_NAME", "none: pages say \"our firm\"", "Name of the firm, on the public form and in mails to prospects.", "at most 100 characters",
     [](Config& c, std::string_view v) { c.firm_name = read_short_text(v); }},
    {"FORM_EMBED_ORIGINS", "none", "Sites that may show the public form in a frame.", "origins, as in https://www.firm.example,https://firm.example",
     [](Config& c, std::string_view v) { c.form_embed_origins = read_origins(v); }},
    {"TRUSTED_PROXIES", "none", "Proxies whose X-Forwarded-... and Forwarded headers are believed.", "addresses or networks, as in 10.0.0.0/8,192.168.1.1,fd00::/8",
     [](Config& c, std::string_view v) { c.server.trusted_proxies = read_proxies(v); }},
    {"PUBLIC_BASE_URL", "from the request's Host; in mails the listening address, if loopback", "Base of links in answers and mails.", "a URL like https://leads.firm.example",
     [](Config& c, std::string_view v) { c.server.public_base_url = read_base_url(v); }},
    {"MAX_CONNECTIONS", "1024", "Open connections; further ones wait.", "a number from 1 to 100000",
     [](Config& c, std::string_view v) { c.server.limits.connections = static_cast<std::size_t>(read_number(v, 1, 100'000)); }},
    {"THREADS", "number of cores", "Event loops, each on a thread of its own.", "a number from 1 to 256",
     [](Config& c, std::string_view v) { c.threads = static_cast<std::size_t>(read_number(v, 1, 256)); }},
    {"LOG_LEVEL", "info", "The least level that is logged.", "debug, info, warning or error",
     [](Config& c, std::string_view v) { c.log_level = read_level(v); }},
    {"LOG_FORMAT", "text on a terminal, else json", "Form of the log's lines.", "text or json",
     [](Config& c, std::string_view v) { c.log_format = read_format(v); }},
};
// clang-format on

/// Without PUBLIC_BASE_URL, who tries the service on one machine gets links all the same. Never from the Host
/// of a submission: its sender chooses it, and would lead the attorneys to a place of his own.
std::string base_of_mailed_links(const http::ServerConfig& server) {
    if (!server.public_base_url.empty()) return server.public_base_url;
    boost::system::error_code error;
    const bool is_for_this_machine = asio::ip::make_address(server.host, error).is_loopback() && !error;
    const bool is_behind_proxy = !server.trusted_proxies.v4.empty() || !server.trusted_proxies.v6.empty();
    if (!is_for_this_machine || is_behind_proxy || server.port == 0) return {};
    return http::url_of(server.host, server.port);
}

std::string_view value_of(std::string_view name, const Environment& environment, const Environment& file) {
    for (const Environment* source : {&environment, &file}) {
        const auto found = source->find(name);
        if (found != source->end() && !found->second.empty()) return found->second;
    }
    return {};
}

[[noreturn]] void refuse(std::string_view name, std::string_view problem, std::string_view valid) {
    throw Error(ErrorKind::invalid, fmt::format("{} {}; valid is {}", name, problem, valid));
}

void check_mail(const mail::SmtpConfig& smtp) {
    if (smtp.server.empty()) return;
    if (smtp.from.empty())
        refuse("MAIL_FROM", "is unset, and required with MAIL_SERVER",
               "an address, or a name and an address: Firm <leads@firm.example>");
    if (smtp.username.empty() != smtp.password.empty())
        refuse(smtp.username.empty() ? "MAIL_USERNAME" : "MAIL_PASSWORD",
               "is unset while its counterpart is set",
               "both of MAIL_USERNAME and MAIL_PASSWORD, or neither");
}

/// @param reason the setting without which they would not be looked at
void check_credentials(const storage::S3Config& s3, std::string_view reason) {
    const auto require = [reason](std::string_view name, const std::string& value) {
        if (value.empty())
            refuse(name, fmt::format("is unset, and required with {}", reason),
                   "what the store's operator gave out");
        // A header carries them.
        if (value.find_first_of(" \t") != std::string::npos || !is_ascii(value))
            refuse(name, "holds a blank or a letter beyond ASCII", "what the store's operator gave out");
    };
    require(s3.names.access_key_id, s3.credentials.access_key_id);
    require(s3.names.secret_access_key, s3.credentials.secret_access_key);
    if (!s3.credentials.session_token.empty()) require(s3.names.session_token, s3.credentials.session_token);
}

void check_s3(storage::S3Config& s3) {
    if (s3.bucket.empty()) return;
    check_credentials(s3, "AWS_S3_BUCKET_NAME");
    if (s3.region.empty() && !s3.endpoint.empty()) s3.region = "us-east-1";
    if (s3.region.empty()) refuse("AWS_REGION", "is unset, and required with AWS_S3_BUCKET_NAME", region);
    try {
        s3.region = read_region(s3.region);
    } catch (const std::invalid_argument& problem) {
        refuse("AWS_REGION", problem.what(), region);
    }
    try {
        if (!s3.endpoint.empty()) s3.endpoint = read_base_url(s3.endpoint);
    } catch (const std::invalid_argument& problem) {
        refuse("AWS_ENDPOINT_URL", problem.what(), endpoint);
    }
}

/// The key of one store is none of the other's, and nor is its server: one set of variables, or the other.
void choose_original_s3(storage::S3Config& original, const storage::S3Config& own) {
    original.names.access_key_id = "IMPORT_AWS_ACCESS_KEY_ID";
    original.names.secret_access_key = "IMPORT_AWS_SECRET_ACCESS_KEY";
    original.names.session_token = "IMPORT_AWS_SESSION_TOKEN";
    original.names.endpoint = "IMPORT_AWS_ENDPOINT_URL";
    const storage::s3::Credentials& key = original.credentials;
    const bool is_set = !key.access_key_id.empty() || !key.secret_access_key.empty() ||
                        !key.session_token.empty() || !original.endpoint.empty();
    if (is_set) return check_credentials(original, "the other IMPORT_AWS_ variables");
    original.credentials = own.credentials;
    original.endpoint = own.endpoint;
    original.names = own.names;
}

/// Damerau and Levenshtein's distance (optimal string alignment): the insertions, deletions, replacements and
/// swaps of neighbours that make `a` of `b`.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), last[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row.back();
}

const Variable* nearest_to(std::string_view name) {
    const std::size_t close = name.size() < 6 ? 1 : 2;
    const Variable* nearest = nullptr;
    std::size_t least = close + 1;
    for (const Variable& variable : table) {
        const std::size_t changes = distance(name, variable.name);
        if (changes < least) {
            least = changes;
            nearest = &variable;
        }
    }
    return nearest;
}

bool is_known(std::string_view name) {
    return std::ranges::any_of(table, [&](const Variable& variable) { return variable.name == name; });
}

}  // namespace

std::span<const Variable> variables() {
    return table;
}

Config read_config(const Environment& environment, const Environment& file) {
    Config config;
    for (const Variable& variable : table) {
        const std::string_view value = value_of(variable.name, environment, file);
        if (value.empty()) continue;
        try {
            if (!is_utf8(value) || has_control_character(value))
                throw std::invalid_argument("holds a control character or is not UTF-8");
            variable.read(config, value);
        } catch (const std::invalid_argument& problem) {
            refuse(variable.name, problem.what(), variable.valid);
        }
    }
    check_s3(config.s3);
    choose_original_s3(config.original_s3, config.s3);
    check_mail(config.smtp);
    config.outbox.public_base_url = base_of_mailed_links(config.server);
    return config;
}

void check_listening_address(const Config& config) {
    try {
        require_own_address(config.server.host);
    } catch (const std::invalid_argument& problem) {
        refuse("HOST", problem.what(), own_address);
    }
}

std::vector<std::string> spelling_hints(const Environment& file) {
    std::vector<std::string> hints;
    for (const auto& [name, value] : file) {
        if (is_known(name)) continue;
        // Names are compared in the case of ours: "Port" is a misspelling of PORT, too.
        std::string upper = name;
        std::ranges::transform(upper, upper.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        if (const Variable* variable = nearest_to(upper))
            hints.push_back(fmt::format("{} in .env is unknown; did you mean {}?", name, variable->name));
    }
    return hints;
}

Environment process_environment() {
    Environment environment;
    for (const Variable& variable : table) {
        if (const char* value = std::getenv(std::string(variable.name).c_str()))
            environment.emplace(variable.name, value);
    }
    return environment;
}

}  // namespace alma::app
