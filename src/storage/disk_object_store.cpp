#include "storage/disk_object_store.hpp"

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/uuid.hpp"
#include "storage/store_marker.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <system_error>
#include <unordered_set>
#include <utility>

namespace alma::storage {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;
/// Of an object that is longer than a piece: the kernel sends the rest by itself.
constexpr std::size_t short_piece_bytes = 64 * 1024;
/// What one job sends at most, so that a fast client does not keep a thread from others.
constexpr std::size_t sent_bytes = 1024 * 1024;
constexpr std::chrono::seconds longest_check{2};

Error unreachable() {
    return {ErrorKind::unavailable, "Stored files cannot be reached now. Please try again later.",
            std::chrono::seconds(30)};
}

/// Runs a job on the store. What the system refuses is the store's fault, and may pass: a volume that is not
/// mounted, a mode that was changed.
template <class Job>
auto or_unavailable(Job job) {
    try {
        return job();
    } catch (const std::system_error& failure) {
        log::error("the store of resumes cannot be used", {{"error", failure.what()}});
        throw unreachable();
    }
}

/// An upload as the work on another thread owns it.
struct Content {
    explicit Content(const Spool& spool) {
        if (spool.descriptor() < 0) {
            bytes = spool.head();
        } else {
            file = duplicate(spool.descriptor());
        }
    }
    std::string bytes;
    FileDescriptor file;  ///< when open, instead of `bytes`
};

/// Where a key stands: the open directory, and the name in it.
struct Place {
    FileDescriptor directory;
    std::string name;
};

/// Makes `name` durable with the content, or leaves nothing under it. @return false when it exists already
bool create_with(const Content& content, int directory, const std::string& name) {
    const FileDescriptor file(
        ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open() && errno == EEXIST) return false;
    if (!file.is_open()) fail_with_errno("create an object");
    try {
        if (content.file.is_open()) {
            copy_all(content.file.get(), file.get());
        } else {
            write_all(file.get(), content.bytes, 0);
        }
        sync_to_disk(file.get());
    } catch (...) {
        ::unlinkat(directory, name.c_str(), 0);
        throw;
    }
    return true;
}

enum class Linked { yes, exists, impossible };

/// Gives the spooled file its name, without copying a byte.
Linked link_into(int directory, const std::string& name, int file) {
    sync_to_disk(file);
    const std::string spooled = "/proc/self/fd/" + std::to_string(file);
    if (::linkat(AT_FDCWD, spooled.c_str(), directory, name.c_str(), AT_SYMLINK_FOLLOW) == 0)
        return Linked::yes;
    if (errno == EEXIST) return Linked::exists;
    // Another file system; a spool whose name was removed (no O_TMPFILE there); no /proc; no hard links.
    if (errno == EXDEV || errno == ENOENT || errno == EPERM || errno == EOPNOTSUPP) return Linked::impossible;
    fail_with_errno("link an object");
}

bool store_new(const Content& content, int directory, const std::string& name) {
    if (content.file.is_open()) {
        const Linked linked = link_into(directory, name, content.file.get());
        if (linked != Linked::impossible) return linked == Linked::yes;
    }
    return create_with(content, directory, name);
}

void replace(const Content& content, int directory, const std::string& name) {
    // No key has a part that begins with a dot.
    const std::string temporary = "." + to_text(random_uuid());
    store_new(content, directory, temporary);
    if (::renameat(directory, temporary.c_str(), directory, name.c_str()) == 0) return;
    const int cause = errno;
    ::unlinkat(directory, temporary.c_str(), 0);
    errno = cause;
    fail_with_errno("replace an object");
}

class DiskObjectReader final : public ObjectReader {
public:
    DiskObjectReader(FileDescriptor file, std::optional<ByteRange> range, WorkerPool& files)
        : file_(std::make_shared<FileDescriptor>(std::move(file))), files_(files) {
        struct stat info{};
        if (::fstat(file_->get(), &info) != 0) fail_with_errno("stat an object");
        size_ = static_cast<std::uint64_t>(info.st_size);
        offset_ = range ? std::min(range->first, size_) : 0;
        end_ = range && range->last < size_ ? std::max(range->last + 1, offset_) : size_;
        // The kernel doubles its read-ahead: it fetches the next piece while the client takes this one.
        ::posix_fadvise(file_->get(), static_cast<off_t>(offset_), static_cast<off_t>(end_ - offset_),
                        POSIX_FADV_SEQUENTIAL);
        // On this thread already: most resumes are read whole by the one job that opens them.
        read_some(file_->get(), piece_, next_size(), offset_);
    }

    [[nodiscard]] std::uint64_t size() const override { return size_; }

    awaitable<std::string_view> next() override {
        if (offset_ == end_) co_return std::string_view();
        const std::size_t size = next_size();
        if (!std::exchange(is_first_, false)) {
            auto job = [file = file_, piece = std::move(piece_), size, offset = offset_]() mutable {
                read_some(file->get(), piece, size, offset);
                return std::move(piece);
            };
            piece_ = co_await offload(files_, std::move(job));
        }
        if (piece_.size() != size) throw std::runtime_error("an object was cut short while it was read");
        offset_ += piece_.size();
        co_return piece_;
    }

    [[nodiscard]] bool can_send() const override { return !is_first_; }

    /// On a thread that may wait for the disk. The socket is the job's own: the loop may close it meanwhile.
    awaitable<std::optional<std::size_t>> send_to(int socket) override {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(sent_bytes, end_ - offset_));
        auto job = [file = file_, to = duplicate(socket), offset = static_cast<off_t>(offset_), size] {
            return send_some(file->get(), to.get(), offset, size);
        };
        const std::optional<std::size_t> sent = co_await offload(files_, std::move(job));
        offset_ += sent.value_or(0);
        co_return sent;
    }

private:
    [[nodiscard]] std::size_t next_size() const {
        const std::uint64_t left = end_ - offset_;
        const bool is_first_of_many = is_first_ && left > piece_bytes;
        return static_cast<std::size_t>(
            std::min<std::uint64_t>(is_first_of_many ? short_piece_bytes : piece_bytes, left));
    }

    static std::optional<std::size_t> send_some(int file, int socket, off_t offset, std::size_t size) {
        while (true) {
            const ssize_t sent = ::sendfile(socket, file, &offset, size);
            if (sent > 0) return static_cast<std::size_t>(sent);
            if (sent == 0) throw std::runtime_error("an object was cut short while it was read");
            if (errno == EAGAIN) return 0;
            if (errno == EPIPE || errno == ECONNRESET) return std::nullopt;
            if (errno != EINTR) fail_with_errno("send an object");
        }
    }

    std::shared_ptr<FileDescriptor> file_;
    WorkerPool& files_;
    std::uint64_t size_ = 0;
    std::uint64_t offset_ = 0;  ///< of what next() returns next
    std::uint64_t end_ = 0;
    std::string piece_;
    bool is_first_ = true;
};

}  // namespace

/// The directory, as the worker threads see it. No path is ever resolved as a whole: each part is opened
/// below the one before without following a symbolic link, so that no link placed there leads outside.
/// (openat2 would do the same in one call for the two parts of a key, but seccomp filters of container
/// runtimes still refuse it.)
class DiskObjectStore::Tree {
public:
    explicit Tree(std::filesystem::path path) : path_(std::move(path)) {
        make_durable_directory(path_);
        root_ = open_directory(path_);
        // Not check(): from a full disk resumes can still be read.
        open_unnamed_file(root_.get());
        marker_.emplace(path_);
    }

    void put(const std::string& key, const Content& content) {
        const Place place = find(key, Missing::is_made).value();
        if (!store_new(content, place.directory.get(), place.name))
            replace(content, place.directory.get(), place.name);
        sync_to_disk(place.directory.get());
    }

    FileDescriptor open(const std::string& key) {
        const std::optional<Place> place = find(key, Missing::is_absent);
        FileDescriptor file;
        if (place) {
            file = FileDescriptor(::openat(place->directory.get(), place->name.c_str(),
                                           O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
            if (!file.is_open() && errno != ENOENT) fail_with_errno("open an object");
        }
        if (!file.is_open()) throw Error(ErrorKind::not_found, "Not Found");
        return file;
    }

    void remove(const std::string& key) {
        const std::optional<Place> place = find(key, Missing::is_absent);
        if (!place) return;
        if (::unlinkat(place->directory.get(), place->name.c_str(), 0) != 0 && errno != ENOENT)
            fail_with_errno("remove an object");
        // Also when it was gone already: whoever removed it may have been killed before this.
        sync_to_disk(place->directory.get());
    }

    /// Probes what put() uses.
    void check() { check_writable(root().get(), path_.string()); }

private:
    enum class Missing { is_made, is_absent };

    /// The directory that now stands at the path: a volume may be mounted there, or a backup be put in place,
    /// while the service runs. What went into the old one would be lost to everybody.
    FileDescriptor root() {
        const std::lock_guard lock(mutex_);
        struct stat at_path{};
        struct stat opened{};
        if (::stat(path_.c_str(), &at_path) != 0) refuse_root(std::generic_category().message(errno));
        if (::fstat(root_.get(), &opened) != 0) fail_with_errno("stat the directory of objects");
        if (at_path.st_dev != opened.st_dev || at_path.st_ino != opened.st_ino) take_new_root();
        is_refusing_ = false;
        return duplicate(root_.get());
    }

    void take_new_root() {
        FileDescriptor directory = open_directory(path_);
        if (!marker_->is_in(directory.get()))
            refuse_root("another directory stands in its place: is its volume not mounted?");
        root_ = std::move(directory);
        durable_.clear();
        log::warning("a copy of the directory with the resumes took its place, and is used from now on",
                     {{"directory", path_.string()}});
    }

    /// Not made anew: as a rule a volume is not mounted, and what is stored below its place is hidden later.
    [[noreturn]] void refuse_root(std::string_view reason) {
        // Once for an outage: every probe comes by here.
        if (!std::exchange(is_refusing_, true))
            log::error("the directory of resumes cannot be reached",
                       {{"directory", path_.string()}, {"error", reason}});
        throw unreachable();
    }

    /// @return nothing when a directory on the way is missing, and is not to be made
    std::optional<Place> find(const std::string& key, Missing missing) {
        FileDescriptor directory = root();
        std::size_t begin = 0;
        for (std::size_t slash = key.find('/'); slash != std::string::npos; slash = key.find('/', begin)) {
            const std::string name = key.substr(begin, slash - begin);
            FileDescriptor next = missing == Missing::is_made
                                      ? enter_durable(directory.get(), name, key.substr(0, slash))
                                      : enter(directory.get(), name);
            if (!next.is_open()) return std::nullopt;
            directory = std::move(next);
            begin = slash + 1;
        }
        return Place{std::move(directory), key.substr(begin)};
    }

    /// @return not open when there is no such directory
    static FileDescriptor enter(int parent, const std::string& name) {
        FileDescriptor directory(
            ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!directory.is_open() && errno != ENOENT) fail_with_errno("open a directory of objects");
        return directory;
    }

    /// Enters a directory that is on the disk, made if need be. One that exists may not be there yet: another
    /// thread has just made it, or a process that was killed.
    FileDescriptor enter_durable(int parent, const std::string& name, const std::string& path) {
        FileDescriptor directory = enter(parent, name);
        // Whoever tidies up may remove it again, while it is empty.
        for (int attempt = 0; !directory.is_open() && attempt < 3; ++attempt) {
            set_durable(path, false);
            if (::mkdirat(parent, name.c_str(), 0700) != 0 && errno != EEXIST)
                fail_with_errno("make a directory of objects");
            directory = enter(parent, name);
        }
        if (!directory.is_open()) throw std::runtime_error("a directory of objects cannot be kept: " + path);
        if (!is_durable(path)) {
            sync_to_disk(parent);
            set_durable(path, true);
        }
        return directory;
    }

    bool is_durable(const std::string& path) {
        const std::lock_guard lock(mutex_);
        return durable_.contains(path);
    }

    void set_durable(const std::string& path, bool is_durable) {
        const std::lock_guard lock(mutex_);
        if (!is_durable) {
            durable_.erase(path);
            return;
        }
        // Keys fan out to 256 directories; the bound is for others.
        if (durable_.size() >= 4096) durable_.clear();
        durable_.insert(path);
    }

    const std::filesystem::path path_;
    std::mutex mutex_;
    FileDescriptor root_;
    std::optional<StoreMarker> marker_;  ///< of the store; set for good when this is made
    bool is_refusing_ = false;
    std::unordered_set<std::string> durable_;  ///< directories below root_ whose names are on the disk
};

DiskObjectStore::DiskObjectStore(std::filesystem::path directory, WorkerPool& files) : files_(files) {
    const std::filesystem::path absolute = std::filesystem::absolute(directory).lexically_normal();
    try {
        tree_ = std::make_shared<Tree>(absolute);
    } catch (const std::system_error& error) {
        throw Error(ErrorKind::invalid,
                    fmt::format("Cannot store files in {}: {}", absolute.string(), error.code().message()));
    }
}

awaitable<void> DiskObjectStore::put(std::string key, const Spool& content, std::string) {
    require_valid_key(key);
    auto job = [tree = tree_, key = std::move(key), content = Content(content)] {
        or_unavailable([&] { tree->put(key, content); });
    };
    co_await offload(files_, std::move(job));
}

awaitable<std::unique_ptr<ObjectReader>> DiskObjectStore::open(std::string key,
                                                               std::optional<ByteRange> range) {
    require_valid_key(key);
    auto job = [tree = tree_, key = std::move(key), range,
                &files = files_]() -> std::unique_ptr<ObjectReader> {
        return or_unavailable(
            [&] { return std::make_unique<DiskObjectReader>(tree->open(key), range, files); });
    };
    co_return co_await offload(files_, std::move(job));
}

awaitable<void> DiskObjectStore::remove(std::string key) {
    require_valid_key(key);
    auto job = [tree = tree_, key = std::move(key)] { or_unavailable([&] { tree->remove(key); }); };
    co_await offload(files_, std::move(job));
}

awaitable<void> DiskObjectStore::check() {
    co_await finish_within(longest_check, probe(tree_, files_), "The file store does not answer.");
}

awaitable<void> DiskObjectStore::probe(std::shared_ptr<Tree> tree, WorkerPool& files) {
    auto job = [tree = std::move(tree)] { tree->check(); };
    co_await offload(files, std::move(job));
}

}  // namespace alma::storage
