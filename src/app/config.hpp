/// The service's settings, from environment variables and a `.env` file.
#pragma once

#include "app/env_file.hpp"
#include "base/log.hpp"
#include "http/server.hpp"
#include "leads/retention.hpp"
#include "limits/rate_limiter.hpp"
#include "mail/outbox.hpp"
#include "mail/smtp_mailer.hpp"
#include "storage/s3/s3_config.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alma::app {

/// What the variables say. Every field has its default here; docs/configuration.md explains each.
struct Config {
    http::ServerConfig server;
    std::filesystem::path data_directory = "./data";
    std::string postgresql_uri;           ///< empty: SQLite. Holds a password.
    std::filesystem::path database_file;  ///< of SQLite; empty: leads.db in data_directory
    std::string secret_key;               ///< empty: kept in data_directory
    std::chrono::minutes token_lifetime{30};
    std::optional<limits::Rate> lead_rate = limits::Rate{5, std::chrono::seconds(60)};
    std::optional<limits::Rate> login_rate = limits::Rate{20, std::chrono::seconds(3600)};
    leads::RetentionConfig retention;             ///< off
    std::string firm_name;                        ///< empty: the firm is not named
    std::vector<std::string> form_embed_origins;  ///< whose pages may show the form in a frame
    storage::S3Config s3;                         ///< `bucket` is empty when resumes are files
    /// For the buckets of the original service, which each resume's URL names.
    storage::S3Config original_s3;
    mail::SmtpConfig smtp;  ///< `server` is empty when mails become .eml files
    mail::OutboxConfig outbox;
    std::size_t threads = 0;  ///< event loops; 0: one a core
    log::Level log_level = log::Level::info;
    std::optional<log::Format> log_format;  ///< absent: text on a terminal, else JSON

    [[nodiscard]] bool uses_postgresql() const { return !postgresql_uri.empty(); }
    [[nodiscard]] std::filesystem::path database() const {
        return database_file.empty() ? data_directory / "leads.db" : database_file;
    }
};

/// One variable: what reads it is also what documents it.
struct Variable {
    std::string_view name;
    std::string_view default_value;  ///< as the documentation shows it
    std::string_view meaning;
    std::string_view valid;  ///< what would be valid, for the text of a refusal
    /// Throws std::invalid_argument with the value's problem: "is no number". Never called with an empty
    /// value, which counts as unset everywhere: Compose files pass variables on that way.
    void (*read)(Config& config, std::string_view value);
};

/// All of them, in the order of the documentation.
std::span<const Variable> variables();

/// @param environment wins over `file`
/// @throws Error{invalid} for the first wrong value, in one line:
///         "PORT is no number from 0 to 65535; valid is a TCP port, 0 for any free one". Never shows a value.
Config read_config(const Environment& environment, const Environment& file);

/// For commands that listen: asks the resolver, when HOST is a name.
/// @throws Error{invalid} in the form of read_config, when HOST is no address of this machine
void check_listening_address(const Config& config);

/// One line for each name of the file that is close to one of ours, since a misspelt setting is otherwise
/// silently without effect: "MAIL_SEVER in .env is unknown; did you mean MAIL_SERVER?"
std::vector<std::string> spelling_hints(const Environment& file);

/// The process's environment, as far as variables() and read_config know it.
Environment process_environment();

}  // namespace alma::app
