#include "app/data_directory.hpp"

#include "base/error.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <thread>

namespace alma::app {
namespace {

FileDescriptor open(const std::filesystem::path& lock_file) {
    try {
        return open_lock_file(lock_file);
    } catch (const std::system_error& failure) {
        throw Error(ErrorKind::invalid, fmt::format("{}: {}", lock_file.string(), failure.code().message()));
    }
}

/// "4711 alma-leads serve" -> "process 4711 (alma-leads serve)"
std::string holder_of(int file) {
    char text[128];
    const ssize_t length = ::pread(file, text, sizeof text, 0);
    const std::string_view note(text, length > 0 ? static_cast<std::size_t>(length) : 0);
    const std::size_t blank = note.find(' ');
    if (blank == std::string_view::npos) return "another process";
    return fmt::format("process {} ({})", note.substr(0, blank), note.substr(blank + 1));
}

void note_holder(int file, std::string_view purpose) {
    const std::string note = fmt::format("{} {}", ::getpid(), purpose);
    if (::ftruncate(file, 0) != 0 ||
        ::pwrite(file, note.data(), note.size(), 0) != static_cast<ssize_t>(note.size()))
        throw std::system_error(errno, std::generic_category(), "the lock file cannot be written");
}

}  // namespace

ProcessLock::ProcessLock(const std::filesystem::path& file, std::string_view what, std::string_view purpose,
                         std::chrono::milliseconds patience)
    : file_(open(file)) {
    if (!lock_within(patience, file_.get()))
        throw Error(
            ErrorKind::conflict,
            fmt::format("{} is in use by {}. Stop that process first, or give this one another DATA_DIR.",
                        what, holder_of(file_.get())));
    note_holder(file_.get(), purpose);
}

void create_private_directory(const std::filesystem::path& path) {
    try {
        make_durable_directory(path);
    } catch (const std::system_error& failure) {
        throw Error(ErrorKind::invalid,
                    fmt::format("DATA_DIR {} cannot be created: {}; valid is a directory that may be written",
                                path.string(), failure.code().message()));
    }
    std::error_code error;
    if (!std::filesystem::is_directory(path, error) || ::access(path.c_str(), R_OK | W_OK | X_OK) != 0)
        throw Error(ErrorKind::invalid,
                    fmt::format("DATA_DIR {} is no directory that this user may write; valid is one that is",
                                path.string()));
}

DataDirectory::DataDirectory(std::filesystem::path path, const std::filesystem::path& database,
                             std::string_view purpose, std::chrono::milliseconds patience)
    : path_((create_private_directory(path), std::filesystem::canonical(path))),
      lock_(path_ / "lock", fmt::format("DATA_DIR {}", path_.string()), purpose, patience) {
    // Beside the database wherever it lies: another DATA_DIR may name the same one.
    const std::filesystem::path file = std::filesystem::weakly_canonical(std::filesystem::absolute(database));
    if (!std::filesystem::is_directory(file.parent_path()))
        throw Error(
            ErrorKind::invalid,
            fmt::format("DATABASE_URL names a file in {}, which is no directory; valid is a file in one "
                        "that exists",
                        file.parent_path().string()));
    database_lock_.emplace(file.string() + ".lock", fmt::format("the database {}", file.string()), purpose,
                           patience);
}

}  // namespace alma::app
