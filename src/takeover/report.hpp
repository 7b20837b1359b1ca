/// What a takeover tells of itself.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace alma::takeover {

enum class FindingKind {
    refused,    ///< a row could not be taken
    changed,    ///< it was taken, but says something otherwise than the original's
    not_copied  ///< a lead's resume stays where it is: it could not be copied
};
BOOST_DESCRIBE_ENUM(FindingKind, refused, changed, not_copied)

struct Finding {
    FindingKind kind{};
    std::string table;                  ///< "users", "leads" or "failed_emails"
    std::optional<std::int64_t> id{};   ///< in the original's database
    std::optional<std::string> lead{};  ///< its UUID, where it is about one
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(Finding, (), (kind, table, id, lead, reason))

/// Of one table. Each row that was read is added, there already, or refused.
struct TableCounts {
    std::uint64_t read = 0;
    std::uint64_t added = 0;
    std::uint64_t there_already = 0;
    std::uint64_t refused = 0;
    std::uint64_t changed = 0;  ///< of the added ones
};
BOOST_DESCRIBE_STRUCT(TableCounts, (), (read, added, there_already, refused, changed))

struct ResumeCounts {
    std::uint64_t copied = 0;
    std::uint64_t not_copied = 0;
};
BOOST_DESCRIBE_STRUCT(ResumeCounts, (), (copied, not_copied))

/// Called for each finding, as it is found.
using Report = std::function<void(const Finding&)>;
/// Called now and then: so many of so many rows of what are done.
using Progress = std::function<void(std::string_view what, std::uint64_t done, std::uint64_t all)>;

}  // namespace alma::takeover
