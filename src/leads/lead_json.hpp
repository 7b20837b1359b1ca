/// A lead as the API shows it.
#pragma once

#include "leads/lead.hpp"

#include <string>
#include <string_view>

namespace alma::leads {

/// Appends the lead as a JSON object, with the keys of the reference in its order.
/// @param base_url of the request: "https://leads.example.com"
void write_lead(std::string& out, const Lead& lead, std::string_view base_url);

}  // namespace alma::leads
