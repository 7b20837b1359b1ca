#include "storage/s3/upload.hpp"

#include "storage/s3/digest.hpp"
#include "storage/s3/piece_checksums.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace alma::storage::s3 {
namespace {

constexpr std::size_t portion_bytes = 64 * 1024;

}  // namespace

Upload::Upload(const Spool& spool) : size_(spool.size()) {
    if (spool.descriptor() < 0) {
        bytes_ = spool.head();
    } else {
        file_ = duplicate(spool.descriptor());
    }
}

std::size_t Upload::read(char* into, std::size_t count, std::uint64_t offset) const {
    count = std::min<std::uint64_t>(count, size_ - std::min(offset, size_));
    if (!file_.is_open()) {
        std::memcpy(into, bytes_.data() + std::min(offset, size_), count);
        return count;
    }
    while (true) {
        const ssize_t got = ::pread(file_.get(), into, count, static_cast<off_t>(offset));
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) fail_with_errno("read an upload");
    }
}

void Upload::measure() {
    if (!sha256_.empty()) return;
    Digest digest = Digest::sha256();
    PieceChecksums pieces(size_);
    std::vector<char> portion(std::min<std::uint64_t>(portion_bytes, size_));
    for (std::uint64_t offset = 0; offset < size_;) {
        const std::string_view bytes(portion.data(), read(portion.data(), portion.size(), offset));
        if (bytes.empty()) throw std::runtime_error("an upload was cut short on the disk");
        digest.add(bytes);
        pieces.add(bytes);
        offset += bytes.size();
    }
    piece_checksums_ = pieces.text();
    sha256_ = digest.hex();
}

const std::string& Upload::sha256() {
    measure();
    return sha256_;
}

const std::string& Upload::piece_checksums() {
    measure();
    return piece_checksums_;
}

}  // namespace alma::storage::s3
