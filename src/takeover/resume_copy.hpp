/// Copies the resumes of leads that were taken over into our own store.
#pragma once

#include "db/database.hpp"
#include "storage/object_keys.hpp"
#include "storage/object_store.hpp"
#include "storage/s3/other_buckets.hpp"
#include "takeover/report.hpp"

#include <cstdint>
#include <filesystem>

namespace alma::takeover {

struct ResumeCopyParts {
    db::Database& db;
    storage::OtherBuckets& from;
    storage::ObjectStore& to;
    storage::ObjectKeys& keys;
    std::filesystem::path spool_directory;  ///< as Spool has it
    WorkerPool& files;
    /// Bytes. Larger ones stay where they are: the original took none of more than 10 MB.
    std::uint64_t largest = 64 * 1024 * 1024;
};

/// Copies every resume that is not in our own store, some at a time, oldest lead first. Each lead gets its
/// copy in one transaction, after that is durable: a download meanwhile finds the one or the other. May be
/// interrupted at any point, run again, and run beside services. Nothing is removed from the original's
/// bucket.
/// @throws s3::S3Error when the original's bucket fails again and again, and whatever our own store and
/// database throw
awaitable<ResumeCounts> copy_resumes(ResumeCopyParts parts, Report report, Progress progress);

/// Leads whose resume is not in our own store.
awaitable<std::uint64_t> count_resumes_elsewhere(db::Database& db);

}  // namespace alma::takeover
