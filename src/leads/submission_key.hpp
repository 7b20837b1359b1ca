/// A submission that is sent again: under one key it is one lead.
///
/// Keys come from the header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) and from the
/// tokens of the public form. The key is stored in the lead's own transaction, so whoever sends the same
/// thing at the same moment, to whichever instance, meets it there.
#pragma once

#include "base/time.hpp"
#include "db/database.hpp"
#include "http/message.hpp"
#include "leads/lead.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace alma::leads {

struct LeadForm;

constexpr std::chrono::hours submission_key_lifetime{24};
constexpr std::size_t max_submission_key_characters = 255;

constexpr std::string_view submission_key_refused =
    "Invalid Idempotency-Key. It must have 1 to 255 printable ASCII characters.";
constexpr std::string_view submission_key_reused =
    "Idempotency-Key was already used for a different submission. Please use a new one.";

/// What is kept of a key; both keyed with a secret, so that neither keys nor contents can be guessed from
/// them.
struct SubmissionKey {
    std::string hash;
    std::string content_hash;  ///< of all that the submission says
};

/// The header's value: a string of RFC 8941, in quotes, or the same without them, as most clients send it.
///
///     Idempotency-Key: "8e03978e-40d5-43e8-bc93-6894a57f9324"
///
/// @return nothing when it was not sent
/// @throws Error{invalid} when it is neither, or was sent twice
std::optional<std::string> idempotency_key_of(const http::Request& request);

/// Gives forms their keys. May be used from every event loop at once.
class SubmissionKeys {
public:
    SubmissionKeys(std::string secret, WorkerPool& files) : secret_(std::move(secret)), files_(files) {}

    /// The form is stored at most once under this key; another content under it is refused.
    awaitable<void> give_by_header(LeadForm& form, std::string key) const;
    /// The same content is stored at most once with this token; another content is another submission: who
    /// goes back to correct something means it.
    awaitable<void> give_by_token(LeadForm& form, std::string token) const;

private:
    awaitable<std::string> hash_content(LeadForm& form) const;

    std::string secret_;
    WorkerPool& files_;
};

/// The lead that was stored under the key in the last 24 hours, as it was answered then.
/// @throws Error{unprocessable} when its submission said something else
awaitable<std::optional<Lead>> find_submitted(db::Database& db, SubmissionKey key, Instant now);

/// For the transaction of a submission, behind the lead: voids it when the key is taken.
db::Statement take_key(const SubmissionKey& key, Uuid lead, Instant now);

/// Deletes keys that are over, a thousand at a time. @return how many
awaitable<std::size_t> sweep_submission_keys(db::Database& db, const Clock& clock);

}  // namespace alma::leads
