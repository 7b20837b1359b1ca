/// A number for people to read out.
#pragma once

#include "base/uuid.hpp"

#include <string>

namespace alma {

/// The first eight digits: "550E-8400" of 550e8400-e29b-41d4-a716-446655440000. Not unique: of 10,000 leads
/// two have the same one with a chance of one in a hundred.
std::string reference_of(const Uuid& uuid);

}  // namespace alma
