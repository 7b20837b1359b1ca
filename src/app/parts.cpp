#include "app/parts.hpp"

#include "base/log.hpp"
#include "mail/eml_mailer.hpp"
#include "mail/smtp_mailer.hpp"
#include "storage/disk_object_store.hpp"
#include "storage/s3/s3_object_store.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

namespace alma::app {
namespace {

/// A sender for .eml files: no mail from it ever leaves the machine (RFC 2606 section 2).
constexpr const char* eml_sender = "alma-leads <no-reply@alma-leads.invalid>";

/// A connection needs a descriptor, and one more while a file goes up or down.
std::size_t connections_that_fit(std::size_t wanted, std::size_t files_of_jobs) {
    const std::size_t others = 128 + files_of_jobs;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const std::size_t needed = 2 * wanted + others;
    if (limit.rlim_cur < needed) {
        limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= needed) return wanted;
    const std::size_t fitting = limit.rlim_cur > 2 * others ? (limit.rlim_cur - others) / 2 : others / 2;
    log::warning("fewer connections than MAX_CONNECTIONS: raise the limit of open files (ulimit -n)",
                 {{"connections", fitting}, {"open_files", limit.rlim_cur}});
    return fitting;
}

}  // namespace

std::size_t loop_count(const Config& config) {
    return config.threads != 0 ? config.threads : std::max(1U, std::thread::hardware_concurrency());
}

http::ServerConfig make_server_config(const Config& config, std::size_t files_of_jobs) {
    http::ServerConfig server = config.server;
    server.limits.connections = connections_that_fit(server.limits.connections, files_of_jobs);
    return server;
}

std::unique_ptr<mail::Mailer> make_mailer(const Config& config, WorkerPool& files) {
    if (!config.smtp.server.empty()) return std::make_unique<mail::SmtpMailer>(config.smtp);
    return std::make_unique<mail::EmlMailer>(config.data_directory / "mail", eml_sender, files);
}

std::unique_ptr<storage::ObjectStore> make_object_store(const Config& config, WorkerPool& files) {
    if (!config.s3.bucket.empty()) return std::make_unique<storage::S3ObjectStore>(config.s3);
    return std::make_unique<storage::DiskObjectStore>(config.data_directory / "resumes", files);
}

std::filesystem::path spool_directory(const Config& config, const std::filesystem::path& data_directory) {
    return config.s3.bucket.empty() ? data_directory / "resumes" : data_directory;
}

std::unique_ptr<limits::Limit> make_lead_limit(const Config& config, limits::Scope scope, const Clock& clock,
                                               db::Database& db) {
    if (!config.lead_rate) return nullptr;
    return limits::make_limit("leads", *config.lead_rate, scope, clock, db);
}

mail::OutboxConfig make_outbox_config(const Config& config, const std::string& owner,
                                      const std::string& link_key) {
    mail::OutboxConfig outbox = config.outbox;
    outbox.owner = owner;
    outbox.firm_name = config.firm_name;
    outbox.link_key = link_key;
    return outbox;
}

}  // namespace alma::app
