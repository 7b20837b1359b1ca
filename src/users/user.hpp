/// The accounts of a firm's staff.
#pragma once

#include "base/time.hpp"
#include "http/principal.hpp"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>

namespace alma::users {

/// As the API shows it: the members are its JSON keys.
struct User {
    std::int64_t id = 0;
    std::string email;
    http::Role role = http::Role::attorney;
    bool is_active = true;
    Instant created_at;
    Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(User, (), (id, email, role, is_active, created_at, updated_at))

/// A user as admins see it: the members are the API's keys, too.
struct Account {
    std::int64_t id = 0;
    std::string email;
    http::Role role = http::Role::attorney;
    bool is_active = true;
    Instant created_at;
    Instant updated_at;
    bool is_invited = false;  ///< and has not chosen a password yet: cannot log in

    [[nodiscard]] User user() const {
        return {.id = id,
                .email = email,
                .role = role,
                .is_active = is_active,
                .created_at = created_at,
                .updated_at = updated_at};
    }
};
BOOST_DESCRIBE_STRUCT(Account, (), (id, email, role, is_active, created_at, updated_at, is_invited))

}  // namespace alma::users
