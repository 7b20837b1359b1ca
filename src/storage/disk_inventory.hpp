/// What a DiskObjectStore holds, for those who compare it with the database.
#pragma once

#include "storage/disk_object_store.hpp"
#include "storage/object_listing.hpp"

#include <filesystem>
#include <mutex>
#include <optional>

namespace alma::storage {

/// Lists file by file, in constant memory: the directory itself and those in it with the names that
/// ObjectKeys uses (two hexadecimal digits). What else is there (lost+found of a volume) is not entered.
/// Follows no symbolic link below the directory.
class DiskInventory final : public ObjectInventory {
public:
    /// Creates nothing. @throws Error{unavailable} when there is no such directory
    DiskInventory(const std::filesystem::path& directory, WorkerPool& files);

    std::unique_ptr<ObjectListing> list() override;
    awaitable<std::optional<std::uint64_t>> size_of(std::string key) override;
    /// The first one may throw as the constructor of DiskObjectStore does.
    awaitable<void> remove(std::string key) override;

private:
    const std::filesystem::path directory_;
    WorkerPool& files_;
    std::once_flag is_to_remove_;
    std::optional<DiskObjectStore> store_;  ///< it probes whether it can write: for those who remove alone
};

}  // namespace alma::storage
