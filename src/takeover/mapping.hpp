/// What becomes of a row of the original service in ours: rules, and no database.
#pragma once

#include "base/time.hpp"
#include "base/uuid.hpp"
#include "http/principal.hpp"
#include "leads/lead.hpp"
#include "mail/failed_email_store.hpp"
#include "takeover/original_rows.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace alma::takeover {

struct User {
    std::string email;
    std::string email_folded;
    std::string hashed_password;
    http::Role role = http::Role::attorney;
    bool is_active = true;
    Instant created_at;
    Instant updated_at;
};

struct LeadWithResume {
    leads::Lead lead;
    leads::Resume resume;  ///< `path` is a URL
};

struct FailedEmail {
    std::int64_t original_id = 0;
    Uuid lead{};
    std::string lead_name;
    std::string lead_email;
    std::string attorney_emails;  ///< a JSON array of strings
    std::string error_message;
    mail::FailedEmailStatus status = mail::FailedEmailStatus::failed;
    Instant created_at;
    Instant updated_at;
};

/// A row as ours will be, and what it then says otherwise than the original's, for whoever imports.
template <class Row>
struct Mapped {
    Row row;
    std::vector<std::string> changes;
};

/// Or why it cannot be taken, with what to do about it.
template <class Row>
using Mapping = std::expected<Mapped<Row>, std::string>;

/// Where resumes are, when not where their rows say: after the bucket was moved.
struct Relocation {
    std::optional<std::string> bucket;
    std::optional<std::string> region;
};

/// @param now for rows that do not say when they were made
Mapping<User> map_user(const OriginalUser& original, Instant now);
Mapping<LeadWithResume> map_lead(const OriginalLead& original, Instant now, const Relocation& relocation);
Mapping<FailedEmail> map_failed_email(const OriginalFailedEmail& original, Instant now);

/// The file name that a resume is downloaded under: the original did not keep its own. The lead's name with
/// the extension of the key; a simple file name (leads::is_simple_file_name) whatever both hold.
///
///     resume_name("Ada", "King/Lovelace", "5e3f0c1a.PDF")   // "Ada King_Lovelace.PDF"
std::string resume_name(std::string_view first_name, std::string_view last_name, std::string_view key);

}  // namespace alma::takeover
