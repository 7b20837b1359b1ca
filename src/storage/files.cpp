#include "storage/files.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/uuid.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace alma::storage {
namespace {

constexpr std::size_t copy_piece_bytes = 256 * 1024;
constexpr std::uint64_t least_free_bytes = 16ull * 1024 * 1024;

[[noreturn]] void refuse_for_space(std::string_view doing) {
    log::error("no room left on the disk", {{"doing", doing}});
    throw Error(ErrorKind::unavailable, "The service cannot store anything now. Please try again later.",
                std::chrono::seconds(30));
}

}  // namespace

FileDescriptor::~FileDescriptor() {
    if (is_open()) ::close(number_);
}

void fail(std::string_view doing) {
    const int cause = errno;
    if (cause == ENOSPC || cause == EDQUOT || cause == EFBIG) refuse_for_space(doing);
    throw std::system_error(cause, std::generic_category(), std::string(doing));
}

FileDescriptor open_unnamed_file(const std::filesystem::path& directory) {
    FileDescriptor file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    // EISDIR: a kernel before 3.11, which takes the flag for O_DIRECTORY.
    if (!file.is_open() && (errno == EOPNOTSUPP || errno == EISDIR)) return open_unlinked_file(directory);
    if (!file.is_open()) fail("open a temporary file in " + directory.string());
    return file;
}

FileDescriptor open_unlinked_file(const std::filesystem::path& directory) {
    const std::filesystem::path name = directory / (".spool-" + to_text(random_uuid()));
    FileDescriptor file(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) fail("create " + name.string());
    if (::unlink(name.c_str()) != 0) fail("unlink " + name.string());
    return file;
}

FileDescriptor duplicate(int descriptor) {
    FileDescriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    if (!copy.is_open()) fail("duplicate a descriptor");
    return copy;
}

void write_all(int descriptor, std::string_view bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write a file");
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
        if (count < 0) fail("read a file");
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

void sync(int descriptor) {
    if (::fsync(descriptor) != 0) fail("fsync");
}

void check_writable(const std::filesystem::path& directory) {
    const FileDescriptor probe = open_unnamed_file(directory);
    write_all(probe.get(), "probe", 0);
    struct statvfs space{};
    if (::fstatvfs(probe.get(), &space) != 0) fail("fstatvfs");
    if (static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize < least_free_bytes) {
        refuse_for_space("check " + directory.string());
    }
}

}  // namespace alma::storage
