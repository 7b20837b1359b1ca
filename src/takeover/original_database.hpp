/// The original service's PostgreSQL database, read and never written.
#pragma once

#include "db/postgresql/postgresql_session.hpp"
#include "db/rows.hpp"
#include "takeover/original_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alma::takeover {

/// One snapshot of it (REPEATABLE READ, READ ONLY): the service may go on meanwhile, and what it adds is for
/// the next import. Read through cursors, so that memory is that of one page. A standby will do. Blocks; used
/// by one thread.
///
/// @throws (all methods) Error{unavailable} with the server's words when it cannot be reached, or read
class OriginalDatabase {
public:
    static constexpr std::size_t page_rows = 500;
    /// The last revision of its schema.
    static constexpr std::string_view newest_revision = "73d3ff3538d7";

    /// @param uri as db::read_postgresql_url gives it
    /// @throws Error{conflict} when it is no database of the original service, or one of a revision that is
    /// not known, and what to do about it
    explicit OriginalDatabase(const std::string& uri);

    /// "73d3ff3538d7", or one of the two before.
    [[nodiscard]] const std::string& revision() const { return revision_; }

    struct Sizes {
        std::uint64_t users = 0;
        std::uint64_t leads = 0;
        std::uint64_t failed_emails = 0;
    };
    /// Reads all of it once.
    [[nodiscard]] Sizes sizes();

    /// The next rows, at most page_rows; none at the end. Of each pair of users whose addresses differ in
    /// case only the active one comes first; all else is in the order of the ids.
    [[nodiscard]] std::vector<OriginalUser> next_users();
    [[nodiscard]] std::vector<OriginalLead> next_leads();
    [[nodiscard]] std::vector<OriginalFailedEmail> next_failed_emails();

private:
    struct Cursor {
        const char* name;
        bool is_open = false;
    };

    void look_at_schema();
    db::Rows run(const std::string& statement);
    db::Rows fetch(Cursor& cursor, std::string_view select);

    db::PostgresqlSession session_;
    std::string revision_;
    bool has_is_active_ = false;      ///< the column of users
    bool has_failed_emails_ = false;  ///< the table
    Cursor users_{.name = "users_to_take"};
    Cursor leads_{.name = "leads_to_take"};
    Cursor failed_emails_{.name = "failed_emails_to_take"};
};

}  // namespace alma::takeover
