/// What a DiskObjectStore holds, for those who compare it with the database.
#pragma once

#include "storage/disk_object_store.hpp"
#include "storage/object_listing.hpp"

#include <filesystem>

namespace alma::storage {

/// Lists file by file, in constant memory: the directory itself and those in it with the names that
/// ObjectKeys uses (two hexadecimal digits). What else is there (lost+found of a volume) is not entered.
/// Follows no symbolic link below the directory.
class DiskInventory final : public ObjectInventory {
public:
    /// @throws Error{invalid} as DiskObjectStore does
    DiskInventory(const std::filesystem::path& directory, WorkerPool& files);

    std::unique_ptr<ObjectListing> list() override;
    awaitable<std::optional<std::uint64_t>> size_of(std::string key) override;
    awaitable<void> remove(std::string key) override { return store_.remove(std::move(key)); }

private:
    const std::filesystem::path directory_;
    WorkerPool& files_;
    DiskObjectStore store_;
};

}  // namespace alma::storage
