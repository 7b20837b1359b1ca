/// POSIX files, for threads that may block.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace alma {

/// An open file. Movable; closes itself.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int number) : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor();

    [[nodiscard]] bool is_open() const { return number_ >= 0; }
    [[nodiscard]] int get() const { return number_; }

private:
    int number_ = -1;
};

/// For the operation that has just set errno. @throws Error{unavailable} when there is no room left on the
/// disk, std::system_error for every other cause
[[noreturn]] void fail_with_errno(std::string_view doing);

/// Makes the directory for its owner alone (0700), and those above it, unless they are there. Each is on the
/// disk on return: a file below it that is synced survives a power cut.
void make_durable_directory(const std::filesystem::path& path);

/// For lock_within(): the file, made when there is none. It stays: removing it would let two processes lock
/// two files of one name.
FileDescriptor open_lock_file(const std::filesystem::path& path);
/// A lock between processes (flock(2)), which the kernel releases however the process ends.
/// @return false when another process held it for all of `patience`
bool lock_within(std::chrono::milliseconds patience, int lock_file);

/// For openat() and its like, and for sync_to_disk().
FileDescriptor open_directory(const std::filesystem::path& path);

/// A file without a name, readable by its owner alone, gone when it is closed. O_TMPFILE where the file
/// system has it: then it can be given a name with linkat(). Elsewhere its name was removed at once, for
/// good.
FileDescriptor open_unnamed_file(int directory);
/// The second of the two ways.
FileDescriptor open_unlinked_file(int directory);

/// Another descriptor of the same open file, which lives on its own.
FileDescriptor duplicate(int descriptor);

void write_all(int descriptor, std::string_view bytes, std::uint64_t offset);
void copy_all(int from, int to);
/// At most `size` bytes; fewer at the end of the file.
void read_some(int descriptor, std::string& into, std::size_t size, std::uint64_t offset);
/// On the disk on return, the directory's entries as well as a file's bytes.
void sync_to_disk(int descriptor);

/// @throws Error{unavailable} when the file system of `file` is nearly full (16 MiB): traffic should go
/// elsewhere before it is.  @param what for the log
void check_free_space(int file, std::string_view what);
/// Throws when a file cannot be written there, or soon cannot.
void check_writable(int directory, std::string_view what);

}  // namespace alma
