/// The SQL of the tables outbox and of what its mails speak of.
#pragma once

#include "db/database.hpp"
#include "mail/outbox.hpp"
#include "mail/templates.hpp"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace alma::mail {

/// A JSON array of addresses, as a column has it.
struct AddressList {
    std::vector<std::string> items;
};
void read_cell(const db::Cell& cell, AddressList& out);

/// A row that this process may send until its lease ends.
struct ClaimedMail {
    std::int64_t id = 0;
    std::string message_id;
    std::optional<std::int64_t> lead_id;
    std::optional<Uuid> link;  ///< account_links.id, of a mail that brings one: it has no lead
    MailKind kind = MailKind::confirmation;
    int attempts = 0;                 ///< with this one
    int interruptions = 0;            ///< leases that ended without a result, so far
    std::optional<AddressList> owed;  ///< who has not got it, when others have; absent: nobody has it
};
BOOST_DESCRIBE_STRUCT(ClaimedMail, (), (id, message_id, lead_id, link, kind, attempts, interruptions, owed))

/// When the next row is due that nobody has leased; may be in the past. Costs one look at an index.
awaitable<std::optional<Instant>> next_due(db::Database& db, Instant now);

/// Leases at most `limit` rows that are due, those that are due for longest first.
/// @param lease the name of this lease alone: what it was given for is finished under this name
awaitable<std::vector<ClaimedMail>> claim_due(db::Database& db, std::string lease, Instant now, Instant until,
                                              std::size_t limit);

/// Ends every lease of earlier processes: of attempts, and of resends that an admin asked for.
/// @param before when this process had not taken any itself
awaitable<void> void_leases(db::Database& db, Instant before);

/// The five ends of a claim. Each does nothing, and returns false, when the lease has gone to somebody else,
/// or the row with its lead.
awaitable<bool> finish_sent(db::Database& db, std::int64_t id, std::string lease);
awaitable<bool> finish_for_retry(db::Database& db, std::int64_t id, std::string lease, Instant next,
                                 std::string error);
/// As if it had not been claimed.
awaitable<bool> give_back(db::Database& db, std::int64_t id, std::string lease);
/// A notification becomes a row of failed_emails, any other is dropped.
awaitable<bool> finish_failed(db::Database& db, const ClaimedMail& mail, std::string lease,
                              const Prospect& prospect, const std::vector<std::string>& recipients,
                              std::string error, Instant now);

/// What is left of a notification that some of its recipients have.
struct Remainder {
    std::vector<std::string> owed;      ///< will be tried again
    std::string error;                  ///< why
    Instant next;                       ///< when
    std::vector<std::string> given_up;  ///< become a row of failed_emails
    std::string given_up_error;
};
/// Narrows the row to those it is still owed to, or removes it when there are none.
awaitable<bool> finish_partly(db::Database& db, const ClaimedMail& mail, std::string lease,
                              const Prospect& prospect, Remainder remainder, Instant now);

/// Nothing when the lead is gone.
awaitable<std::optional<Prospect>> find_prospect(db::Database& db, std::int64_t lead_id);

/// The active attorneys, or the active admins when there is none; at most 1,000. Not who was invited and has
/// no password yet: the address may be a mistake, and prospects are none of its business.
awaitable<std::vector<std::string>> find_notified(db::Database& db);

/// What an admin reads, and what to do, when find_notified finds nobody.
extern const std::string_view nobody_to_notify;
/// The same when all who have not got a mail are not to get it any more.
extern const std::string_view owed_to_nobody;

/// As the API shows it: the members are its JSON keys.
struct WaitingMail {
    std::int64_t id = 0;
    MailKind kind{};
    std::optional<Uuid> lead_uuid;  ///< nothing, like the name: the mail brings a link to a user
    std::optional<std::string> lead_name;
    int attempts = 0;
    Instant next_attempt_at;
    std::optional<std::string> last_error;
    Instant created_at;
};
BOOST_DESCRIBE_STRUCT(WaitingMail, (),
                      (id, kind, lead_uuid, lead_name, attempts, next_attempt_at, last_error, created_at))

/// By descending id. @param before only those with a lower id
awaitable<std::vector<WaitingMail>> waiting_mails(db::Database& db, std::optional<std::int64_t> before,
                                                  std::size_t limit);

struct OutboxSize {
    std::int64_t depth = 0;
    std::optional<Instant> oldest;  ///< when it was queued
};
BOOST_DESCRIBE_STRUCT(OutboxSize, (), (depth, oldest))

awaitable<OutboxSize> outbox_size(db::Database& db);

}  // namespace alma::mail
