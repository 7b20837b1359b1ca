/// Objects as files below one directory.
#pragma once

#include "storage/object_store.hpp"

#include <filesystem>

namespace alma::storage {

class DiskObjectStore final : public ObjectStore {
public:
    /// Creates the directory (0700). @throws Error{invalid} naming the directory when it cannot be written
    DiskObjectStore(std::filesystem::path directory, WorkerPool& files);

    awaitable<void> put(std::string key, const Spool& content, std::string media_type) override;
    awaitable<std::unique_ptr<ObjectReader>> open(std::string key, std::optional<ByteRange> range) override;
    awaitable<void> remove(std::string key) override;
    awaitable<void> check() override;

private:
    std::filesystem::path directory_;
    WorkerPool& files_;
};

}  // namespace alma::storage
