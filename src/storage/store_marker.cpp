#include "storage/store_marker.hpp"

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/uuid.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <exception>

namespace alma::storage {
namespace {

constexpr std::size_t id_bytes = 36;  // of a UUID's text

/// Nothing when there is none, or what stands there is none.
std::optional<std::string> read_id(int directory, const std::string& name) {
    const FileDescriptor file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file.is_open() && errno == ENOENT) return std::nullopt;
    if (!file.is_open()) fail_with_errno("open " + name);
    std::string id;
    read_some(file.get(), id, id_bytes, 0);
    return parse_uuid(id) ? std::optional(id) : std::nullopt;
}

/// Under another name first, so that there is never a part of an id.
std::string write_draft(int directory, const std::string& name, const std::string& id) {
    std::string draft = "." + name + "-" + to_text(random_uuid());
    const FileDescriptor file(
        ::openat(directory, draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) fail_with_errno("write " + name);
    try {
        write_all(file.get(), id + '\n', 0);
        sync_to_disk(file.get());
    } catch (...) {
        ::unlinkat(directory, draft.c_str(), 0);
        throw;
    }
    return draft;
}

/// @return the id that is there now: another instance on a shared directory may have been faster
std::string place_id(int directory, const std::string& name, const std::string& id) {
    const std::string draft = write_draft(directory, name, id);
    const bool is_placed = ::linkat(directory, draft.c_str(), directory, name.c_str(), 0) == 0;
    const int cause = errno;
    ::unlinkat(directory, draft.c_str(), 0);
    if (!is_placed && cause != EEXIST) {
        errno = cause;
        fail_with_errno("write " + name);
    }
    sync_to_disk(directory);
    return read_id(directory, name).value_or(id);
}

Error not_the_store(const std::filesystem::path& directory, const std::filesystem::path& note) {
    return {ErrorKind::invalid,
            fmt::format("{} is not the directory of resumes that was used before: is its volume not mounted? "
                        "If it is to take that one's place, remove {}",
                        directory.string(), note.string())};
}

}  // namespace

StoreMarker::StoreMarker(const std::filesystem::path& directory) {
    const std::filesystem::path note = directory.string() + ".id";
    try {
        const FileDescriptor inside = open_directory(directory);
        const FileDescriptor beside = open_directory(directory.parent_path());
        const std::optional<std::string> noted = read_id(beside.get(), note.filename());
        std::optional<std::string> found = read_id(inside.get(), marker_name);
        if (noted && noted != found) throw not_the_store(directory, note);
        if (!found) found = place_id(inside.get(), marker_name, to_text(random_uuid()));
        if (!noted) place_id(beside.get(), note.filename(), *found);
        id_ = std::move(found);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::invalid) throw;
        log::warning("the directory of resumes cannot be marked", {{"error", error.what()}});
    } catch (const std::exception& failure) {
        log::warning("the directory of resumes cannot be marked", {{"error", failure.what()}});
    }
}

bool StoreMarker::is_in(int directory) const {
    return !id_ || read_id(directory, marker_name) == id_;
}

}  // namespace alma::storage
