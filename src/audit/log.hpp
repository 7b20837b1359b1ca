/// What the audit log records, and how: an entry is a row of the transaction whose doing it records.
#pragma once

#include "base/time.hpp"
#include "base/uuid.hpp"
#include "db/statement.hpp"
#include "http/principal.hpp"

#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace alma::audit {

enum class Action {
    lead_submitted,
    lead_status_changed,  ///< details: {"from":"PENDING","to":"REACHED_OUT"}
    lead_assigned,        ///< to `user`; details: {"from":null,"to":3}
    lead_unassigned,      ///< from `user`
    lead_erased,          ///< details: how much
    leads_exported,       ///< details: the filters, without what was searched for
    note_added,           ///< details: {"note":7}
    note_deleted,
    resume_read,
    login_succeeded,  ///< details: {"session":true} of a browser
    login_failed,     ///< of `user`, or of nobody whom we know
    logged_out,
    user_created,  ///< details: {"role":"ATTORNEY"}
    user_invited,  ///< the same; once more for each further link
    user_password_changed,
    password_reset_asked,  ///< for `user`, or for nobody whom we know
    password_reset_used,   ///< by `user`, whose password is a new one now
    invitation_used,
    user_role_changed,  ///< details: {"from":"ATTORNEY","to":"ADMIN"}
    user_activated,
    user_deactivated
};
BOOST_DESCRIBE_ENUM(Action, lead_submitted, lead_status_changed, lead_assigned, lead_unassigned, lead_erased,
                    leads_exported, note_added, note_deleted, resume_read, login_succeeded, login_failed,
                    logged_out, user_created, user_invited, user_password_changed, password_reset_asked,
                    password_reset_used, invitation_used, user_role_changed, user_activated, user_deactivated)

enum class ActorKind {
    user,          ///< somebody of the staff, by an account
    prospect,      ///< whoever sent the form
    command_line,  ///< somebody at the machine of the service
    service,       ///< the service by itself
    anonymous      ///< somebody who did not say, or prove, who it was
};
BOOST_DESCRIBE_ENUM(ActorKind, user, prospect, command_line, service, anonymous)

struct Actor {
    ActorKind kind = ActorKind::service;
    std::optional<std::int64_t> id{};  ///< users.id of ActorKind::user
};

inline Actor by(const http::Principal& principal) {
    return {.kind = ActorKind::user, .id = principal.id};
}

/// Holds nothing that says who a prospect is: the log must not have to change when a lead is erased.
struct Entry {
    Action action{};
    Actor actor;
    std::optional<Uuid> lead{};
    std::optional<std::int64_t> user{};  ///< users.id of whom it is about
    std::string details = "{}";          ///< a JSON object
    Instant at;
};

/// For the transaction of what it records. What only the database knows (the status that a lead had before)
/// is recorded by statements beside the ones that change it: they insert into audit_pending in the same way.
db::Statement record(const Entry& entry);

}  // namespace alma::audit
