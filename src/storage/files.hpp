/// POSIX files, for threads that may block.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace alma::storage {

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
    ~FileDescriptor();

    [[nodiscard]] bool is_open() const { return number_ >= 0; }
    [[nodiscard]] int get() const { return number_; }

private:
    int number_ = -1;
};

/// For the operation that has just set errno. @throws Error{unavailable} when there is no room left on the
/// disk, std::system_error for every other cause
[[noreturn]] void fail(std::string_view doing);

/// A file without a name, readable by its owner alone, gone when it is closed. O_TMPFILE where the file
/// system has it: then it can be given a name with linkat(). Elsewhere its name was removed at once, for
/// good.
FileDescriptor open_unnamed_file(const std::filesystem::path& directory);
/// The second of the two ways.
FileDescriptor open_unlinked_file(const std::filesystem::path& directory);

/// Another descriptor of the same open file, which lives on its own.
FileDescriptor duplicate(int descriptor);

void write_all(int descriptor, std::string_view bytes, std::uint64_t offset);
void copy_all(int from, int to);
/// At most `size` bytes; fewer at the end of the file.
void read_some(int descriptor, std::string& into, std::size_t size, std::uint64_t offset);
/// On the disk on return, the directory's entries as well as a file's bytes.
void sync(int descriptor);

/// Throws when a file cannot be written there, or soon cannot.
void check_writable(const std::filesystem::path& directory);

}  // namespace alma::storage
