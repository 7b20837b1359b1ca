/// What is wrong with a submission, in words of the form.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace alma::form {

/// Errors of the form's own.
constexpr std::string_view form_without_token = "The form has no valid token";
constexpr std::string_view form_too_fast = "The form was sent too fast";
constexpr std::string_view form_expired = "The form has expired";

struct Problem {
    std::string field;         ///< "email"; empty: it is about no field
    std::string text_key;      ///< of its message
    std::int64_t seconds = 0;  ///< for the placeholder {seconds}
};

/// One for each field that is wrong, in the order of the form; at least one.
std::vector<Problem> problems_of(const std::exception_ptr& failure);

}  // namespace alma::form
