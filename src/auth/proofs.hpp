/// Whom credentials were found to prove, for as long as nothing was committed since.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "http/principal.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace alma::auth {

/// Remembers for a second at most, so that what another program writes into the database file soon counts,
/// too. Remembers nothing where the database cannot tell of commits. May be used from every event loop at
/// once.
class Proofs {
public:
    explicit Proofs(const db::Database& db) : db_(db) {}

    [[nodiscard]] std::optional<http::Principal> find(std::string_view credential, Instant now);

    /// @param end of the credential
    /// @param commits of the database, before the read that proved it: a commit in between makes the proof
    ///        count for less than it could, never for more
    void remember(std::string_view credential, Instant now, const http::Principal& principal, Instant end,
                  std::optional<std::uint64_t> commits);

    /// Further ones are not remembered.
    static constexpr std::size_t max_remembered = 1024;

private:
    using Second = std::chrono::sys_seconds;
    struct Proof {
        http::Principal principal;
        Instant end;
        std::uint64_t commits;
    };
    struct HashOfText {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };

    const db::Database& db_;
    std::mutex mutex_;
    Second second_;  ///< of the clock, in which proofs_ were made
    std::unordered_map<std::string, Proof, HashOfText, std::equal_to<>> proofs_;  ///< by credential
};

}  // namespace alma::auth
