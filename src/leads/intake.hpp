/// The submission of a lead: resume, row and mails, all or nothing.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "leads/lead.hpp"
#include "leads/submission_key.hpp"
#include "storage/object_keys.hpp"
#include "storage/object_store.hpp"
#include "storage/spool.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
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
    std::optional<SubmissionKey> key{};  ///< under which it is stored at most once; nothing: each time anew
};

/// May be used from every event loop at once.
class Intake {
public:
    /// @param mails_queued called after each commit: wakes the outbox worker
    /// @param follow_up how long a submission whose commit was cut off is followed up: about what a database
    /// takes
    ///                  to fail over to its standby
    Intake(db::Database& db, storage::ObjectStore& objects, storage::ObjectKeys& keys, const Clock& clock,
           std::function<void()> mails_queued, std::chrono::milliseconds follow_up = std::chrono::seconds(8));

    /// Durable on return. Of forms with the same key, also at the same moment, one is stored, and all are
    /// answered with its lead as it was then.
    /// @throws Error{unprocessable} when another form has the key
    /// @throws Error{unavailable} when store or database do not answer; then nothing is stored.
    /// @throws db::OutcomeUnknown when the database went away during the commit and did not come back in
    /// time: then the lead is stored with its resume and its mails, or nothing of it.
    awaitable<Lead> submit(LeadForm form);

private:
    /// The lead that was stored under this key before, once that stands for good.
    awaitable<std::optional<Lead>> find_earlier(SubmissionKey key);
    /// Writes the transaction, and again while nobody knows what became of it. Twice it cannot be committed:
    /// it takes its key off the list of intents, and requires that it was there.
    /// @return false when the sweeper had the key first
    awaitable<bool> store(std::vector<db::Statement> transaction, Uuid lead);

    db::Database& db_;
    storage::ObjectStore& objects_;
    storage::ObjectKeys& keys_;
    const Clock& clock_;
    std::function<void()> mails_queued_;
    const std::chrono::milliseconds follow_up_;
};

}  // namespace alma::leads
