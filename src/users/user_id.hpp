/// {user_id} in a path.
#pragma once

#include "http/message.hpp"

#include <cstdint>

namespace alma::users {

/// @throws Error{not_found} "User not found": what is no number is nobody's
std::int64_t user_id_of(const http::Request& request);

}  // namespace alma::users
