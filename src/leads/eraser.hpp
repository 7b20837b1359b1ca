/// Erasing a lead: row, notes, resume, queued and failed mails.
#pragma once

#include "audit/log.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "storage/object_store.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace alma::leads {

enum class ResumeFate {
    removed,
    queued,    ///< the store did not answer: the hourly sweep removes it
    elsewhere  ///< it is in the bucket of the original service, which is not ours to change
};
BOOST_DESCRIBE_ENUM(ResumeFate, removed, queued, elsewhere)

/// What is left of a lead.
struct Receipt {
    std::int64_t audit_id = 0;  ///< of the entry in the audit log
    std::string details;        ///< of that entry: JSON with the numbers of what was erased
    ResumeFate resume{};
};

/// May be used from every event loop at once.
class Eraser {
public:
    Eraser(db::Database& db, storage::ObjectStore& objects, const Clock& clock)
        : db_(db), objects_(objects), clock_(clock) {}

    /// In one transaction: the entry in the audit log, the note that the resume is to go, and the removal of
    /// all rows. Then the resume goes; when that fails, or the process ends before, the sweep of uploads
    /// removes it. A mail that is being sent at this moment cannot be called back.
    /// @param version that the lead must have; nothing: any
    /// @return nothing when there is no such lead, or it has another version
    awaitable<std::optional<Receipt>> erase(Uuid lead, audit::Actor actor,
                                            std::optional<std::int64_t> version = std::nullopt);

private:
    awaitable<ResumeFate> remove_resume(std::string key);

    db::Database& db_;
    storage::ObjectStore& objects_;
    const Clock& clock_;
};

}  // namespace alma::leads
