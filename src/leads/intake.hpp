/// The submission of a lead: resume, row and mails, all or nothing.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "leads/lead.hpp"
#include "storage/object_keys.hpp"
#include "storage/object_store.hpp"
#include "storage/spool.hpp"

#include <functional>
#include <string>

namespace alma::leads {

/// A submission that passed every check.
struct LeadForm {
    std::string first_name;
    std::string last_name;
    std::string email;
    std::string resume_name;
    std::string resume_type;
    std::unique_ptr<storage::Spool> resume;
};

/// May be used from every event loop at once.
class Intake {
public:
    /// @param mails_queued called after each commit: wakes the outbox worker
    Intake(db::Database& db, storage::ObjectStore& objects, storage::ObjectKeys& keys, const Clock& clock,
           std::function<void()> mails_queued);

    /// Durable on return. @throws Error{unavailable} when store or database do not answer; then nothing is
    /// stored.
    awaitable<Lead> submit(LeadForm form);

private:
    db::Database& db_;
    storage::ObjectStore& objects_;
    storage::ObjectKeys& keys_;
    const Clock& clock_;
    std::function<void()> mails_queued_;
};

}  // namespace alma::leads
