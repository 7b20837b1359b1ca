/// What the endpoints of one lead have in common.
#pragma once

#include "base/error.hpp"
#include "base/uuid.hpp"
#include "http/message.hpp"
#include "http/operation.hpp"

#include <optional>
#include <utility>

namespace alma::leads {

constexpr http::Failure lead_not_found{404, "Lead not found"};

[[noreturn]] void throw_lead_not_found();

/// The path parameter {lead_uuid}. @throws Error{not_found} for what is no UUID
Uuid lead_uuid(const http::Request& request);

/// @throws Error{not_found} when there is none
template <class T>
T found(std::optional<T> value) {
    if (!value) throw_lead_not_found();
    return std::move(*value);
}

}  // namespace alma::leads
