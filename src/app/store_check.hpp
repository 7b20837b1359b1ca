/// `alma-leads store check`: do the leads' resumes and the store's objects agree?
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "storage/object_listing.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace alma::app {

enum class FindingKind {
    missing,     ///< a lead's object is not in the store
    other_size,  ///< it is, with another size than the resume had
    orphan,      ///< an object that no lead has and no upload is about to give one
    unread       ///< a directory of the store could not be read; `key` is its path
};
BOOST_DESCRIBE_ENUM(FindingKind, missing, other_size, orphan, unread)

struct Finding {
    FindingKind kind{};
    std::optional<std::string> lead{};  ///< UUID
    std::string key{};
    std::optional<std::uint64_t> expected_size{};
    std::optional<std::uint64_t> found_size{};
    std::optional<Instant> modified_at{};
    bool is_removed = false;
};
BOOST_DESCRIBE_STRUCT(Finding, (), (kind, lead, key, expected_size, found_size, modified_at, is_removed))

struct StoreCheckSummary {
    std::uint64_t leads = 0;
    std::uint64_t objects = 0;
    std::uint64_t missing = 0;
    std::uint64_t other_size = 0;
    std::uint64_t orphans = 0;  ///< the removed ones included
    std::uint64_t removed = 0;
    std::uint64_t young_orphans = 0;      ///< left alone: they may yet get their lead
    std::uint64_t foreign_objects = 0;    ///< under keys that this service never hands out; left alone
    std::uint64_t resumes_elsewhere = 0;  ///< of leads whose resume is not in this store
    std::uint64_t unread = 0;             ///< directories of the store that could not be read

    /// Nothing is wrong, or nothing is any more.
    [[nodiscard]] bool is_clean() const {
        return missing == 0 && other_size == 0 && orphans == removed && unread == 0;
    }
};
BOOST_DESCRIBE_STRUCT(StoreCheckSummary, (),
                      (leads, objects, missing, other_size, orphans, removed, young_orphans, foreign_objects,
                       resumes_elsewhere, unread))

struct StoreCheckOptions {
    bool removes_orphans = false;
    /// Also when they look like the resumes of another installation.
    bool is_forced = false;
    /// Younger orphans are left alone. An upload has an hour to become a lead's.
    std::chrono::seconds least_age{std::chrono::hours(24)};
};

/// Works beside running services: what they store and remove meanwhile is never reported. Writes nothing to
/// the database. Memory does not grow with the numbers of leads and objects; `scratch` must have room for
/// some 200 bytes of each.
/// @param report called for each finding, as it is found
/// @throws Error{conflict} before anything is removed, unless forced: when the database has no lead at all,
/// or when more than ten objects, and more than half of those that are old enough, are orphans
awaitable<StoreCheckSummary> check_store(storage::ObjectInventory& store, db::Database& db,
                                         std::filesystem::path scratch, const Clock& clock,
                                         StoreCheckOptions options,
                                         std::function<void(const Finding&)> report);

}  // namespace alma::app
