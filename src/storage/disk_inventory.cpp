#include "storage/disk_inventory.hpp"

#include "base/error.hpp"
#include "base/files.hpp"
#include "storage/store_marker.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <set>
#include <system_error>

namespace alma::storage {
namespace {

constexpr std::size_t objects_at_once = 1000;

Instant instant_of(const timespec& time) {
    return Instant(std::chrono::seconds(time.tv_sec) + std::chrono::duration_cast<std::chrono::microseconds>(
                                                           std::chrono::nanoseconds(time.tv_nsec)));
}

void require_directory(const std::filesystem::path& path) {
    std::error_code failure;
    if (std::filesystem::is_directory(path, failure)) return;
    throw Error(ErrorKind::unavailable, fmt::format("There is no directory of resumes at {}{}", path.string(),
                                                    failure ? ": " + failure.message() : ""));
}

/// Those that DiskObjectStore makes for ObjectKeys.
bool is_directory_of_keys(const std::string& name) {
    constexpr std::string_view hex = "0123456789abcdef";
    return name.size() == 2 && hex.contains(name[0]) && hex.contains(name[1]);
}

/// Nothing when there is no such regular file. No part of the key is followed when it is a symbolic link.
std::optional<std::uint64_t> size_below(const std::filesystem::path& root, const std::string& key) {
    const auto is_absent = [] { return errno == ENOENT || errno == ENOTDIR || errno == ELOOP; };
    FileDescriptor directory = open_directory(root);
    std::size_t begin = 0;
    for (std::size_t slash = key.find('/'); slash != std::string::npos; slash = key.find('/', begin)) {
        const std::string name = key.substr(begin, slash - begin);
        FileDescriptor next(
            ::openat(directory.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!next.is_open() && is_absent()) return std::nullopt;
        if (!next.is_open()) fail_with_errno("open a directory of objects");
        directory = std::move(next);
        begin = slash + 1;
    }
    struct stat info{};
    if (::fstatat(directory.get(), key.c_str() + begin, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (is_absent()) return std::nullopt;
        fail_with_errno("stat an object");
    }
    if (!S_ISREG(info.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(info.st_size);
}

class DiskObjectListing final : public ObjectListing {
public:
    DiskObjectListing(std::filesystem::path directory, WorkerPool& files)
        : walk_(std::make_shared<Walk>(std::move(directory))), files_(files) {}

    awaitable<std::vector<ObjectInfo>> next() override {
        auto job = [walk = walk_] { return walk->next(); };
        co_return co_await offload(files_, std::move(job));
    }

    [[nodiscard]] std::vector<std::string> unread() const override {
        return {walk_->unread().begin(), walk_->unread().end()};
    }

private:
    class Walk {
    public:
        explicit Walk(std::filesystem::path directory) : root_(std::move(directory)) {}

        std::vector<ObjectInfo> next() {
            std::vector<ObjectInfo> objects;
            if (!is_begun_) place_ = std::filesystem::directory_iterator(root_);
            is_begun_ = true;
            while (objects.size() < objects_at_once && (place_ != end_ || enter_next())) {
                if (auto object = look_at(place_->path())) objects.push_back(std::move(*object));
                std::error_code failure;
                place_.increment(failure);
                if (failure) unread_.insert(name_of_directory());
            }
            return objects;
        }

        [[nodiscard]] const std::set<std::string>& unread() const { return unread_; }

    private:
        /// Nothing when it is gone, or no regular file.
        std::optional<ObjectInfo> look_at(const std::filesystem::path& path) {
            struct stat info{};
            if (::lstat(path.c_str(), &info) != 0) {
                if (errno != ENOENT && errno != ENOTDIR) unread_.insert(name_of_directory());
                return std::nullopt;
            }
            const std::string name = path.filename().string();
            if (S_ISDIR(info.st_mode) && directory_.empty() && is_directory_of_keys(name))
                directories_.push_back(name);
            const bool is_marker = directory_.empty() && name == marker_name;
            if (!S_ISREG(info.st_mode) || is_marker) return std::nullopt;
            return ObjectInfo{.key = directory_.empty() ? name : directory_ + "/" + name,
                              .size = static_cast<std::uint64_t>(info.st_size),
                              .modified_at = instant_of(info.st_mtim)};
        }

        /// @return false after the last one
        bool enter_next() {
            while (place_ == end_ && !directories_.empty()) {
                directory_ = std::move(directories_.back());
                directories_.pop_back();
                std::error_code failure;
                place_ = std::filesystem::directory_iterator(root_ / directory_, failure);
                if (failure && failure != std::errc::no_such_file_or_directory)
                    unread_.insert(name_of_directory());
            }
            return place_ != end_;
        }

        [[nodiscard]] std::string name_of_directory() const { return (root_ / directory_).string(); }

        const std::filesystem::path root_;
        const std::filesystem::directory_iterator end_;
        std::filesystem::directory_iterator place_;
        std::string directory_;                 ///< where place_ is; "": in the root
        std::vector<std::string> directories_;  ///< still to be entered; 256 at most
        std::set<std::string> unread_;
        bool is_begun_ = false;
    };

    std::shared_ptr<Walk> walk_;
    WorkerPool& files_;
};

}  // namespace

DiskInventory::DiskInventory(const std::filesystem::path& directory, WorkerPool& files)
    : directory_(std::filesystem::absolute(directory).lexically_normal()), files_(files) {
    require_directory(directory_);
}

std::unique_ptr<ObjectListing> DiskInventory::list() {
    return std::make_unique<DiskObjectListing>(directory_, files_);
}

awaitable<std::optional<std::uint64_t>> DiskInventory::size_of(std::string key) {
    require_valid_key(key);
    auto job = [root = directory_, key = std::move(key)] { return size_below(root, key); };
    co_return co_await offload(files_, std::move(job));
}

awaitable<void> DiskInventory::remove(std::string key) {
    std::call_once(is_to_remove_, [this] {
        require_directory(directory_);  // the store would make it
        store_.emplace(directory_, files_);
    });
    return store_->remove(std::move(key));
}

}  // namespace alma::storage
