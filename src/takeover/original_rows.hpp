/// Rows of the original service's database, as they are read: nothing is known of what they hold.
#pragma once

#include <boost/describe/class.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace alma::takeover {

/// Of every text its beginning: one more character than Mapping keeps, so that it sees what was cut. Bytes
/// need not be UTF-8 when the database does not say what they are.
using OriginalText = std::optional<std::string>;

struct OriginalUser {
    std::int64_t id = 0;
    OriginalText email;
    OriginalText hashed_password;
    OriginalText role;
    OriginalText is_active;  ///< "true" of a database without the column
    OriginalText created_at;
    OriginalText updated_at;
};
BOOST_DESCRIBE_STRUCT(OriginalUser, (), (id, email, hashed_password, role, is_active, created_at, updated_at))

struct OriginalLead {
    std::int64_t id = 0;
    OriginalText uuid;
    OriginalText first_name;
    OriginalText last_name;
    OriginalText email;
    OriginalText resume_path;
    OriginalText status;
    OriginalText created_at;
    OriginalText updated_at;
};
BOOST_DESCRIBE_STRUCT(OriginalLead, (),
                      (id, uuid, first_name, last_name, email, resume_path, status, created_at, updated_at))

struct OriginalFailedEmail {
    std::int64_t id = 0;
    OriginalText lead_uuid;  ///< the lead's own, where lead_id leads to one
    OriginalText lead_name;
    OriginalText lead_email;
    OriginalText attorney_emails;
    OriginalText error_message;
    OriginalText status;
    OriginalText created_at;
    OriginalText updated_at;
};
BOOST_DESCRIBE_STRUCT(OriginalFailedEmail, (),
                      (id, lead_uuid, lead_name, lead_email, attorney_emails, error_message, status,
                       created_at, updated_at))

/// Characters of which Mapping keeps the beginning.
constexpr std::size_t longest_text = 1000;
constexpr std::size_t longest_error_message = 2000;
/// Some hundred addresses. A longer text is not cut but left out: half a JSON array is none.
constexpr std::size_t longest_attorney_emails = 20'000;

}  // namespace alma::takeover
