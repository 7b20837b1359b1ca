/// Which directory is the store: another one in its place may be the empty mount point of a volume that is
/// not mounted.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace alma::storage {

/// The file in the directory: ours, and no object.
constexpr const char* marker_name = ".store-id";

/// A random id, in a file of the directory (".store-id") and in one beside it ("resumes.id" for "resumes"). A
/// directory that does not have the id that is noted beside it is not the store. May be used from several
/// threads at once.
class StoreMarker {
public:
    /// Writes what is missing of the two, for a new store or one from before there were markers. What cannot
    /// be written (a full disk) is left out: then any directory passes for the store.
    /// @param directory exists
    /// @throws Error{invalid} when it is not the store, saying what to do
    explicit StoreMarker(const std::filesystem::path& directory);

    [[nodiscard]] bool is_in(int directory) const;

private:
    std::optional<std::string> id_;
};

}  // namespace alma::storage
