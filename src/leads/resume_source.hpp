/// Where resumes are read.
#pragma once

#include "leads/lead.hpp"
#include "storage/object_store.hpp"
#include "storage/s3/other_buckets.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace alma::leads {

/// Most resumes are in our own store. Those of leads that were taken over from the original service are in
/// its bucket until they are copied: Resume::path is then their URL. May be used from every event loop at
/// once.
class ResumeSource {
public:
    /// Both outlive it, and every reader.
    ResumeSource(storage::ObjectStore& own, storage::OtherBuckets& others) : own_(own), others_(others) {}

    /// In bytes. Costs nothing in our own store, whose rows say it, and a request in another one.
    awaitable<std::uint64_t> size_of(Resume resume);

    /// @param size what size_of gave
    /// @throws std::runtime_error when the object of a lead is gone or has another size: that is no 404,
    /// somebody has to look after the store. Else what ObjectStore::open and OtherBuckets::open throw.
    awaitable<std::unique_ptr<storage::ObjectReader>> open(
        Resume resume, std::uint64_t size, std::optional<storage::ByteRange> range = std::nullopt);

private:
    storage::ObjectStore& own_;
    storage::OtherBuckets& others_;
};

}  // namespace alma::leads
