/// The field `status` of a form.
#pragma once

#include "base/enum_text.hpp"
#include "http/form.hpp"
#include "http/operation.hpp"
#include "leads/lead.hpp"

namespace alma::leads {

inline constexpr auto status_texts = enum_texts<LeadStatus>();
inline constexpr http::InputField status_field{.name = "status",
                                               .kind = http::InputField::Kind::choice,
                                               .max_length = 64,
                                               .choices = status_texts,
                                               .example = "REACHED_OUT"};

/// @throws Error{unprocessable} as pydantic does for an enum
LeadStatus status_in(const http::Form& form);

}  // namespace alma::leads
