/// Takes the rows of the original service over into our database.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "takeover/mapping.hpp"
#include "takeover/original_database.hpp"
#include "takeover/report.hpp"

namespace alma::takeover {

struct ImportCounts {
    TableCounts users;
    TableCounts leads;
    TableCounts failed_emails;
};
BOOST_DESCRIBE_STRUCT(ImportCounts, (), (users, leads, failed_emails))

struct ImportOptions {
    Relocation relocation;
    /// Null: what would be taken into an empty database is counted, and nothing is written.
    db::Database* target = nullptr;
    Report report;
    Progress progress;
};

/// May be interrupted at any point, and run again: it adds what is not there yet, and changes nothing else.
/// Two at the same time are as good as one. Memory does not grow with the number of leads, but for the UUIDs
/// of those that a dry run refuses.
///
/// A user is there already when an account has the same e-mail; one that differs in case only is refused,
/// since ours has one account for both. A lead is there already when one has its UUID; a failed e-mail when
/// it was taken before, even if it has been resent or deleted since.
///
/// Blocks on the original's database: nothing else should run on the event loop.
awaitable<ImportCounts> import_rows(OriginalDatabase& original, const Clock& clock, ImportOptions options);

}  // namespace alma::takeover
