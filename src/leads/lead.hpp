/// A prospect's application.
#pragma once

#include "base/time.hpp"
#include "base/uuid.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <string>

namespace alma::leads {

enum class LeadStatus { pending, reached_out };
BOOST_DESCRIBE_ENUM(LeadStatus, pending, reached_out)

/// A row of the table leads, without its resume.
struct Lead {
    Uuid uuid;
    std::string first_name;
    std::string last_name;
    std::string email;
    LeadStatus status = LeadStatus::pending;
    Instant created_at;
    Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(Lead, (), (uuid, first_name, last_name, email, status, created_at, updated_at))

/// What is known of a stored resume.
struct Resume {
    /// Its key in the object store; or, of a lead that was taken over from the original service and whose
    /// resume was not copied yet, the URL of the object (storage::to_url), which no key looks like.
    std::string path;
    std::string name;       ///< the file name that the prospect's browser sent, or one made for the lead
    std::string type;       ///< its media type
    std::int64_t size = 0;  ///< bytes; 0 for a URL, whose store knows
};
BOOST_DESCRIBE_STRUCT(Resume, (), (path, name, type, size))

}  // namespace alma::leads
