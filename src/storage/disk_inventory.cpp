#include "storage/disk_inventory.hpp"

#include "base/files.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace alma::storage {
namespace {

constexpr std::size_t objects_at_once = 1000;

Instant instant_of(const timespec& time) {
    return Instant(std::chrono::seconds(time.tv_sec) + std::chrono::duration_cast<std::chrono::microseconds>(
                                                           std::chrono::nanoseconds(time.tv_nsec)));
}

/// Nothing when it is gone, or no regular file.
std::optional<ObjectInfo> look_at(const std::filesystem::path& path, std::string key) {
    struct stat info{};
    if (::lstat(path.c_str(), &info) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        fail_with_errno("stat an object");
    }
    if (!S_ISREG(info.st_mode)) return std::nullopt;
    return ObjectInfo{.key = std::move(key),
                      .size = static_cast<std::uint64_t>(info.st_size),
                      .modified_at = instant_of(info.st_mtim)};
}

class DiskObjectListing final : public ObjectListing {
public:
    DiskObjectListing(std::filesystem::path directory, WorkerPool& files)
        : walk_(std::make_shared<Walk>(std::move(directory))), files_(files) {}

    awaitable<std::vector<ObjectInfo>> next() override {
        auto job = [walk = walk_] { return walk->next(); };
        co_return co_await offload(files_, std::move(job));
    }

private:
    struct Walk {
        explicit Walk(std::filesystem::path directory) : root(std::move(directory)) {}

        std::vector<ObjectInfo> next() {
            std::vector<ObjectInfo> objects;
            if (!is_begun) place = std::filesystem::recursive_directory_iterator(root);
            is_begun = true;
            for (;
                 place != std::filesystem::recursive_directory_iterator() && objects.size() < objects_at_once;
                 ++place) {
                const std::filesystem::path& path = place->path();
                if (auto object = look_at(path, path.lexically_relative(root).string()))
                    objects.push_back(std::move(*object));
            }
            return objects;
        }

        const std::filesystem::path root;
        std::filesystem::recursive_directory_iterator place;
        bool is_begun = false;
    };

    std::shared_ptr<Walk> walk_;
    WorkerPool& files_;
};

}  // namespace

DiskInventory::DiskInventory(const std::filesystem::path& directory, WorkerPool& files)
    : directory_(std::filesystem::absolute(directory).lexically_normal()),
      files_(files),
      store_(directory_, files) {}

std::unique_ptr<ObjectListing> DiskInventory::list() {
    return std::make_unique<DiskObjectListing>(directory_, files_);
}

awaitable<std::optional<std::uint64_t>> DiskInventory::size_of(std::string key) {
    require_valid_key(key);
    auto job = [path = directory_ / key]() -> std::optional<std::uint64_t> {
        const std::optional<ObjectInfo> object = look_at(path, {});
        return object ? std::optional(object->size) : std::nullopt;
    };
    co_return co_await offload(files_, std::move(job));
}

}  // namespace alma::storage
