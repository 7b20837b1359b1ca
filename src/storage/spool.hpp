/// Holds an upload until it is known to be acceptable.
#pragma once

#include "base/async.hpp"
#include "base/files.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace alma::storage {

/// An upload on its way: the first `memory_bytes` in memory, all of it in an unnamed file once it is longer:
/// none fills the memory, a small one never touches the disk. A killed process leaves nothing behind (without
/// O_TMPFILE: at most an empty .spool-* file). Used by one coroutine at a time.
class Spool {
public:
    static constexpr std::size_t memory_bytes = 128 * 1024;

    /// @param directory on the file system of the store: a long upload is linked into place, or copied where
    /// there is no O_TMPFILE
    /// @param files runs what blocks; outlives the spool
    Spool(std::filesystem::path directory, WorkerPool& files);
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;
    ~Spool() = default;

    /// Returns when the bytes are kept, in memory or in the file: what is read from the client next waits for
    /// the disk, so that a slow disk fills no memory. `bytes` are copied before the first suspension.
    /// @throws Error{unavailable} when the disk is full or the directory cannot be used, std::system_error
    /// when the disk fails
    awaitable<void> append(std::string_view bytes);

    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// The beginning of the content: at most the first memory_bytes.
    [[nodiscard]] std::string_view head() const { return memory_; }
    /// The file that holds all of it, or -1 while head() is all of it.
    [[nodiscard]] int descriptor() const { return file_ ? file_->get() : -1; }

private:
    std::filesystem::path directory_;
    WorkerPool& files_;
    std::string memory_;
    std::uint64_t size_ = 0;
    std::shared_ptr<FileDescriptor> file_;  ///< shared with the write that is under way
};

}  // namespace alma::storage
