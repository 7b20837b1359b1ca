/// Objects as files below one directory, readable by their owner alone.
///
/// Durable means: the file, its name and the directories that were made for it are on the disk (fsync) before
/// put() returns. Until then a crash may leave a part of a file under its key; ObjectKeys lists that key, and
/// the sweep removes it.
#pragma once

#include "storage/object_store.hpp"

#include <filesystem>
#include <memory>

namespace alma::storage {

/// The directory may be replaced by a copy while the service runs: what stands at its path is used. While
/// nothing does, or another directory (see StoreMarker), every call is refused.
class DiskObjectStore final : public ObjectStore {
public:
    /// Creates the directory (0700). @throws Error{invalid} naming the directory when it cannot be written,
    /// or is not the store that was there before
    DiskObjectStore(std::filesystem::path directory, WorkerPool& files);

    awaitable<void> put(std::string key, const Spool& content, std::string media_type) override;
    awaitable<std::unique_ptr<ObjectReader>> open(std::string key, std::optional<ByteRange> range) override;
    awaitable<void> remove(std::string key) override;
    awaitable<void> check() override;

private:
    class Tree;
    static awaitable<void> probe(std::shared_ptr<Tree> tree, WorkerPool& files);

    /// Shared with the work that is under way.
    std::shared_ptr<Tree> tree_;
    WorkerPool& files_;
};

}  // namespace alma::storage
