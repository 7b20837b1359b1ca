/// Who makes a request.
#pragma once

#include <boost/describe/enum.hpp>

#include <cstdint>
#include <string>

namespace alma::http {

enum class Role { attorney, admin };
BOOST_DESCRIBE_ENUM(Role, attorney, admin)

/// An active user, as read from the database for this request: a deactivation or a change of role binds at
/// once.
struct Principal {
    std::int64_t id = 0;
    std::string email;
    Role role = Role::attorney;
};

}  // namespace alma::http
