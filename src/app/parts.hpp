/// The parts that the configuration chooses.
#pragma once

#include "app/config.hpp"
#include "base/worker_pool.hpp"
#include "http/server.hpp"
#include "limits/limit.hpp"
#include "mail/mailer.hpp"
#include "mail/outbox.hpp"
#include "storage/object_store.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace alma::app {

/// THREADS, or one for each processor.
std::size_t loop_count(const Config& config);

/// With no more connections than this process may have descriptors for, whose limit is raised as far as it
/// goes; when that is not far enough, the log says so.
/// @param files_of_jobs descriptors that the threads for files may hold
http::ServerConfig make_server_config(const Config& config, std::size_t files_of_jobs);

/// SMTP, or .eml files in DATA_DIR.
std::unique_ptr<mail::Mailer> make_mailer(const Config& config, WorkerPool& files);

/// S3, or a directory in DATA_DIR.
std::unique_ptr<storage::ObjectStore> make_object_store(const Config& config, WorkerPool& files);

/// On the file system of a directory of resumes, so that uploads are linked into it and not copied.
std::filesystem::path spool_directory(const Config& config, const std::filesystem::path& data_directory);

/// Of submissions by one source. Null: off.
std::unique_ptr<limits::Limit> make_lead_limit(const Config& config, limits::Scope scope, const Clock& clock,
                                               db::Database& db);

/// @param owner of the leases, another one for each process
mail::OutboxConfig make_outbox_config(const Config& config, const std::string& owner,
                                      const std::string& link_key);

}  // namespace alma::app
