/// Random identifiers (RFC 9562).
#pragma once

#include <boost/uuid/uuid.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace alma {

using Uuid = boost::uuids::uuid;

/// Version 4, from the operating system's random source: ids that are public must not be guessable.
Uuid random_uuid();

/// "550e8400-e29b-41d4-a716-446655440000", lower case.
std::string to_text(const Uuid& uuid);
void append_text(std::string& out, const Uuid& uuid);

/// Takes the 36-character form in either case, and nothing else.
std::optional<Uuid> parse_uuid(std::string_view text);

}  // namespace alma
