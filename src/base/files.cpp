#include "base/files.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/uuid.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace alma {
namespace {

constexpr std::size_t copy_piece_bytes = 256 * 1024;
constexpr std::chrono::milliseconds lock_poll{20};
constexpr std::uint64_t least_free_bytes = 16ull * 1024 * 1024;

/// A full disk fails every probe and every write: a line a minute says as much as one for each.
bool is_time_to_complain() {
    static std::mutex mutex;
    static std::optional<std::chrono::steady_clock::time_point> last;
    const std::lock_guard lock(mutex);
    const auto now = std::chrono::steady_clock::now();
    if (last && now - *last < std::chrono::minutes(1)) return false;
    last = now;
    return true;
}

[[noreturn]] void refuse_for_space(std::string_view doing) {
    if (is_time_to_complain()) log::error("no room left on the disk", {{"doing", doing}});
    throw Error::cannot_store();
}

}  // namespace

FileDescriptor::~FileDescriptor() {
    if (is_open()) ::close(number_);
}

void fail_with_errno(std::string_view doing) {
    const int cause = errno;
    if (cause == ENOSPC || cause == EDQUOT || cause == EFBIG) refuse_for_space(doing);
    throw std::system_error(cause, std::generic_category(), std::string(doing));
}

void make_durable_directory(const std::filesystem::path& path) {
    if (std::filesystem::is_directory(path)) return;
    const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
    make_durable_directory(parent);
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail_with_errno("make " + path.string());
    sync_to_disk(open_directory(parent).get());
}

FileDescriptor open_lock_file(const std::filesystem::path& path) {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) fail_with_errno("open " + path.string());
    return file;
}

bool lock_within(std::chrono::milliseconds patience, int lock_file) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (::flock(lock_file, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) fail_with_errno("lock a file");
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(lock_poll);
    }
    return true;
}

FileDescriptor open_directory(const std::filesystem::path& path) {
    FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open()) fail_with_errno("open " + path.string());
    return directory;
}

FileDescriptor open_unnamed_file(int directory) {
    FileDescriptor file(::openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    // EISDIR: a kernel before 3.11, which takes the flag for O_DIRECTORY.
    if (!file.is_open() && (errno == EOPNOTSUPP || errno == EISDIR)) return open_unlinked_file(directory);
    if (!file.is_open()) fail_with_errno("open a temporary file");
    return file;
}

FileDescriptor open_unlinked_file(int directory) {
    const std::string name = ".spool-" + to_text(random_uuid());
    FileDescriptor file(
        ::openat(directory, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) fail_with_errno("create a temporary file");
    if (::unlinkat(directory, name.c_str(), 0) != 0) fail_with_errno("unlink a temporary file");
    return file;
}

FileDescriptor duplicate(int descriptor) {
    FileDescriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    if (!copy.is_open()) fail_with_errno("duplicate a descriptor");
    return copy;
}

void write_all(int descriptor, std::string_view bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail_with_errno("write a file");
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

void read_some(int descriptor, std::string& into, std::size_t size, std::uint64_t offset) {
    into.resize(size);
    std::size_t filled = 0;
    while (filled < size) {
        const ssize_t count =
            ::pread(descriptor, into.data() + filled, size - filled, static_cast<off_t>(offset + filled));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail_with_errno("read a file");
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    into.resize(filled);
}

void copy_all(int from, int to) {
    std::string piece;
    std::uint64_t offset = 0;
    do {
        read_some(from, piece, copy_piece_bytes, offset);
        write_all(to, piece, offset);
        offset += piece.size();
    } while (!piece.empty());
}

void sync_to_disk(int descriptor) {
    if (::fsync(descriptor) != 0) fail_with_errno("fsync");
}

void check_free_space(int file, std::string_view what) {
    struct statvfs space{};
    if (::fstatvfs(file, &space) != 0) fail_with_errno("fstatvfs");
    if (static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize >= least_free_bytes) return;
    refuse_for_space(what);
}

void check_writable(int directory, std::string_view what) {
    const FileDescriptor probe = open_unnamed_file(directory);
    write_all(probe.get(), "probe", 0);
    check_free_space(probe.get(), what);
}

}  // namespace alma
