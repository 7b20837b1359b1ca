/// Leads that may be of the same prospect. They are shown, never refused.
#pragma once

#include "db/database.hpp"
#include "leads/lead.hpp"

#include <cstddef>
#include <vector>

namespace alma::leads {

constexpr std::size_t most_duplicates = 50;

/// The newest leads, at most most_duplicates, with the e-mail or both names of this one, without regard to
/// the case of ASCII letters. Found by indexes: the cost does not grow with the number of leads.
awaitable<std::vector<Lead>> find_duplicates(db::Database& db, Lead lead);

bool has_same_email(const Lead& a, const Lead& b);
bool has_same_name(const Lead& a, const Lead& b);

}  // namespace alma::leads
