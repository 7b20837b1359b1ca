/// A spooled upload, as the threads that send it own it.
#pragma once

#include "base/files.hpp"
#include "storage/spool.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace alma::storage::s3 {

/// Lives on when the spool ends early. Used by one thread at a time.
class Upload {
public:
    explicit Upload(const Spool& spool);

    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// Copies up to `count` bytes from `offset` on; blocks on the disk. @return how many; 0 at the end
    std::size_t read(char* into, std::size_t count, std::uint64_t offset) const;

    /// Computed by the first call, which reads everything once.
    const std::string& sha256();           ///< lower-case hexadecimal
    const std::string& piece_checksums();  ///< text of PieceChecksums

private:
    void measure();

    std::uint64_t size_;
    std::string bytes_;
    FileDescriptor file_;  ///< when open, instead of `bytes_`
    std::string sha256_;
    std::string piece_checksums_;
};

}  // namespace alma::storage::s3
