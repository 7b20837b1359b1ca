/// What a person logs in with, as forms read it and the OpenAPI document shows it.
#pragma once

#include "http/operation.hpp"

#include <string_view>

namespace alma::auth {

/// @param name "username" where OAuth 2.0 has the say (RFC 6749 section 4.3.2)
constexpr http::InputField account_field(std::string_view name) {
    return {.name = name,
            .kind = http::InputField::Kind::email,
            .choices = {},
            .default_value = {},
            .description = "The e-mail address of the account, in any case.",
            .example = "attorney@example.com"};
}

inline constexpr http::InputField password_field{.name = "password",
                                                 .kind = http::InputField::Kind::password,
                                                 .choices = {},
                                                 .default_value = {},
                                                 .description = "The password of the account.",
                                                 .example = "correct horse battery staple"};

}  // namespace alma::auth
