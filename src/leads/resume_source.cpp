#include "leads/resume_source.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace alma::leads {
namespace {

[[noreturn]] void refuse_missing(const std::string& path) {
    throw std::runtime_error("the resume " + path + " is not in the store");
}

}  // namespace

awaitable<std::uint64_t> ResumeSource::size_of(Resume resume) {
    if (storage::is_valid_key(resume.path)) co_return static_cast<std::uint64_t>(resume.size);
    const std::optional<std::uint64_t> size = co_await others_.size_of(resume.path);
    if (!size) refuse_missing(resume.path);
    co_return *size;
}

awaitable<std::unique_ptr<storage::ObjectReader>> ResumeSource::open(
    Resume resume, std::uint64_t size, std::optional<storage::ByteRange> range) {
    std::unique_ptr<storage::ObjectReader> reader;
    try {
        if (storage::is_valid_key(resume.path)) {
            reader = co_await own_.open(resume.path, range);
        } else {
            reader = co_await others_.open(resume.path, range);
        }
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found) throw;
        refuse_missing(resume.path);
    }
    // Before the head goes out: afterwards there is no way to tell the client.
    if (reader->size() != size)
        throw std::runtime_error(fmt::format("the resume {} has {} bytes in the store instead of {}",
                                             resume.path, reader->size(), size));
    co_return reader;
}

}  // namespace alma::leads
