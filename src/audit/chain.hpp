/// The chain of the audit log: hashes that cover all before them.
#pragma once

#include "db/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace alma::audit {

/// How far the chain goes: its last position, and the hash there.
struct Head {
    std::int64_t position = 0;                ///< 0: the chain is empty
    std::string hash = std::string(64, '0');  ///< SHA-256 in lower-case hexadecimal
    bool operator==(const Head&) const = default;
};

/// "1234:9f86d0...": as verification prints a head, and --expect takes it.
std::string to_text(const Head& head);
std::optional<Head> parse_head(std::string_view text);

/// The columns of an entry that its hash covers: each as text, as the engine casts it.
constexpr std::size_t hashed_columns = 8;

/// SHA-256 over one line of JSON, which anybody can build from the columns:
///     ["alma-leads audit 1","<hash before>","<position>","<id>","<action>","<actor_kind>","<actor_id>",
///      "<lead_uuid>","<user_id>","<details>","<created_at>"]
/// without blanks, NULL as null, the time as "2025-09-26T19:42:27.248539". Whatever stands in a column is
/// hashed: a row that was tampered with has a hash like any other.
/// @param before the hash of position - 1; 64 zeros for position 1
/// @param entry begins with the hashed columns
std::string chained_hash(std::string_view before, std::int64_t position, const db::Row& entry);

awaitable<Head> read_head(db::Database& db);

}  // namespace alma::audit
