/// The directory of the embedded defaults, and who owns it.
#pragma once

#include "base/files.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace alma::app {

/// A lock between processes (lock_within() of base/files.hpp) on a file that names its holder.
class ProcessLock {
public:
    /// Waits at most `patience` for another process to let go.
    /// @param what is locked, for the text that others get: "DATA_DIR /srv/alma"
    /// @param purpose what the holder does: "alma-leads serve"
    /// @throws Error{conflict} "DATA_DIR /srv/alma is in use by process 4711 (alma-leads serve). ..."
    ProcessLock(const std::filesystem::path& file, std::string_view what, std::string_view purpose,
                std::chrono::milliseconds patience);

private:
    FileDescriptor file_;
};

/// DATA_DIR, owned by this process for as long as the object lives: SQLite's file must have one writing
/// process, and so has everything else in there.
class DataDirectory {
public:
    /// Creates the directory (mode 0700) where there is none.
    /// @throws Error{invalid} naming DATA_DIR when it cannot be created or written
    /// @throws Error{conflict} as ProcessLock does
    /// @param database the database file: locked, too, since another DATA_DIR may name the same one
    DataDirectory(std::filesystem::path path, const std::filesystem::path& database, std::string_view purpose,
                  std::chrono::milliseconds patience);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    ProcessLock lock_;
    std::optional<ProcessLock> database_lock_;
};

/// Creates `path` with mode 0700, and its parents. @throws Error{invalid} naming DATA_DIR
void create_private_directory(const std::filesystem::path& path);

}  // namespace alma::app
