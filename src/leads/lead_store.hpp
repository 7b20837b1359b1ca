/// The SQL of the table leads.
#pragma once

#include "audit/log.hpp"
#include "db/database.hpp"
#include "leads/lead.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace alma::leads {

/// For the transaction of a submission.
db::Statement insert_lead(const Lead& lead, const Resume& resume);

awaitable<std::optional<Lead>> find_lead(db::Database& db, Uuid uuid);
awaitable<std::optional<Resume>> find_resume(db::Database& db, Uuid uuid);

/// Where a lead's resume should be.
struct ResumeReference {
    std::int64_t id = 0;  ///< of the lead, by which references are listed
    Uuid lead;
    std::string path;
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(ResumeReference, (), (id, lead, path, size))

/// Those of at most `limit` leads, oldest first. @param after the id of the last one before; 0: from the
/// start
awaitable<std::vector<ResumeReference>> list_resume_references(db::Database& db, std::int64_t after,
                                                               std::size_t limit);

struct VersionedLead {
    Lead lead;
    std::int64_t version = 0;
};

/// Sets a lead's status and returns the lead. Setting the status that it has already is no error, and leaves
/// no trace in the audit log.
/// @param version that the lead must have; nothing: any
/// @return nothing when there is no such lead, or it has another version
awaitable<std::optional<VersionedLead>> set_lead_status(db::Database& db, Uuid uuid, LeadStatus status,
                                                        audit::Actor actor, Instant at,
                                                        std::optional<std::int64_t> version = std::nullopt);

/// The two statements that set a lead's status, if it has another: the second one returns a row when it had.
std::vector<db::Statement> change_status(Uuid uuid, LeadStatus status, audit::Actor actor, Instant at);

}  // namespace alma::leads
