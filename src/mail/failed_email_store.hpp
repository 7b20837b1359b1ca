/// The SQL of the table failed_emails.
#pragma once

#include "base/time.hpp"
#include "base/uuid.hpp"
#include "db/database.hpp"
#include "mail/outbox_store.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace alma::mail {

enum class FailedEmailStatus { failed, sent, pending };
BOOST_DESCRIBE_ENUM(FailedEmailStatus, failed, sent, pending)

/// A text that is JSON already.
struct JsonText {
    std::string text;
};
void write_json(std::string& out, const JsonText& json);
void read_cell(const db::Cell& cell, JsonText& out);

/// As the API shows it: the members are its JSON keys.
struct FailedEmail {
    std::int64_t id = 0;
    std::int64_t lead_id = 0;
    Uuid lead_uuid{};
    std::string lead_name;
    std::string lead_email;
    JsonText attorney_emails;  ///< an array of strings
    std::string error_message;
    FailedEmailStatus status = FailedEmailStatus::failed;  ///< pending: a resend is under way
    Instant created_at;
};
BOOST_DESCRIBE_STRUCT(FailedEmail, (),
                      (id, lead_id, lead_uuid, lead_name, lead_email, attorney_emails, error_message, status,
                       created_at))

/// The next page of all rows, oldest first: those with an id above `after`.
awaitable<std::vector<FailedEmail>> failed_emails_after(db::Database& db, std::int64_t after, Instant now,
                                                        std::size_t limit);

/// What a resend needs to know.
struct Resend {
    std::string message_id;
    std::int64_t lead_id = 0;
    AddressList attorney_emails;
    bool is_partial = false;  ///< others have the mail: it is owed to attorney_emails alone
};
BOOST_DESCRIBE_STRUCT(Resend, (), (message_id, lead_id, attorney_emails, is_partial))

/// Makes a failed row pending, for this caller alone, until `until`.
/// @throws Error{not_found|invalid} with the contract's text: no such row, or a resend of it is under way
awaitable<Resend> claim_resend(db::Database& db, std::int64_t id, Instant now, Instant until);

/// The three ends of claim_resend; `until` is what it was called with. Nothing happens when the claim has
/// ended.
awaitable<void> finish_resend(db::Database& db, std::int64_t id, Instant until);
/// As if it had not been claimed.
awaitable<void> give_back_resend(db::Database& db, std::int64_t id, Instant until);
/// @param resend who it was for, or is still owed to
awaitable<void> fail_resend(db::Database& db, std::int64_t id, Instant until, std::string error,
                            const Resend& resend, Instant now);

constexpr std::string_view no_such_failed_email = "Failed email record not found";
constexpr std::string_view resend_under_way = "Email is being resent. Please try again in a moment.";
/// @throws Error{not_found}
/// @throws Error{conflict} while a resend is under way: what is being sent cannot be called back, and must
/// not
///         go out after it was said to be deleted
awaitable<void> remove_failed_email(db::Database& db, std::int64_t id, Instant now);

enum class Removal { removed, not_found, under_way };
/// The same for many, in one transaction. @return an outcome for each, in their order
awaitable<std::vector<Removal>> remove_failed_emails(db::Database& db, std::vector<std::int64_t> ids,
                                                     Instant now);

}  // namespace alma::mail
