#include "app/announcement.hpp"

#include "app/database.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "base/log.hpp"
#include "http/listening_address.hpp"

#include <fmt/format.h>

namespace alma::app {
namespace {

/// An address that a browser on this machine reaches.
std::string local_url(const std::string& host, std::uint16_t port) {
    if (host == "0.0.0.0") return http::url_of("127.0.0.1", port);
    return http::url_of(host == "::" ? "::1" : host, port);
}

}  // namespace

void announce(const Config& config, const std::filesystem::path& data_directory, std::uint16_t port) {
    const std::string url = local_url(config.server.host, port);
    log::announce(
        fmt::format("alma-leads {} listening on {}", version(), http::url_of(config.server.host, port)));
    log::announce(fmt::format("Inbox: {}/inbox/", url));
    log::announce(fmt::format("Form for prospects: {}/apply", url));
    log::announce(fmt::format("API documentation: {0}/docs, to read only: {0}/redoc", url));
    log::announce(fmt::format("Database: {}", describe_database(config)));
    log::announce(fmt::format("Data directory: {}", data_directory.string()));
    if (config.smtp.server.empty())
        log::announce(fmt::format("MAIL_SERVER is unset: mails become files in {}",
                                  (data_directory / "mail").string()));
}

void announce_first_steps(const Config& config, const std::filesystem::path& data_directory,
                          std::uint16_t port, const std::string& program) {
    const std::string url = local_url(config.server.host, port);
    log::announce(
        fmt::format("There is no user yet. Create the first admin at {}/inbox/ or with one of:", url));
    // From wherever it is pasted. A PostgreSQL server is found by DATABASE_URL.
    const std::string place =
        config.uses_postgresql() ? "" : fmt::format(" --data-dir {}", shell_word(data_directory.string()));
    log::announce(
        fmt::format("  {} user create --role ADMIN{} you@firm.example", shell_word(program), place));
    log::announce(
        fmt::format("  curl -X POST {}/users/initial -H 'Content-Type: application/json' "
                    "-d '{{\"email\":\"you@firm.example\",\"password\":\"...\"}}'",
                    url));
}

}  // namespace alma::app
