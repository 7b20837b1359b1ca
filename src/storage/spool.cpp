#include "storage/spool.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

#include <system_error>

namespace alma::storage {
namespace {

FileDescriptor open_file_in(const std::filesystem::path& directory) {
    try {
        return open_unnamed_file(open_directory(directory).get());
    } catch (const std::system_error& error) {
        log::error("uploads cannot be kept",
                   {{"directory", directory.string()}, {"error", error.code().message()}});
        throw Error::cannot_store();
    }
}

}  // namespace

Spool::Spool(std::filesystem::path directory, WorkerPool& files)
    : directory_(std::move(directory)), files_(files) {}

awaitable<void> Spool::append(std::string_view bytes) {
    const std::size_t for_memory = std::min(bytes.size(), memory_bytes - memory_.size());
    const std::uint64_t size_after = size_ + bytes.size();
    if (size_after <= memory_bytes) {
        memory_.append(bytes);
        size_ = size_after;
        co_return;
    }
    // The jobs own their bytes and share the file: they go on when this coroutine, and the spool, end early.
    if (file_) {
        auto job = [file = file_, piece = std::string(bytes), offset = size_] {
            write_all(file->get(), piece, offset);
        };
        co_await offload(files_, std::move(job));
    } else {
        std::string all = memory_ + std::string(bytes);
        std::string head = all.substr(0, memory_.size() + for_memory);
        auto job = [directory = directory_, all = std::move(all)] {
            auto file = std::make_shared<FileDescriptor>(open_file_in(directory));
            write_all(file->get(), all, 0);
            return file;
        };
        file_ = co_await offload(files_, std::move(job));
        memory_ = std::move(head);
    }
    size_ = size_after;
}

}  // namespace alma::storage
