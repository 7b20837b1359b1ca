/// Keeps what searches look through. See docs/decisions/0013-search.md.
#pragma once

#include "base/uuid.hpp"
#include "db/database.hpp"

#include <cstddef>

namespace alma::leads {

constexpr std::size_t index_batch = 100;

/// Indexes the first leads, at most index_batch, that are not yet, in one transaction. Any number of
/// processes may do this at once.
/// @return how many there were: as many as fit mean that there may be more
awaitable<std::size_t> index_backlog(db::Database& db);

/// For a search: whatever was committed before this call is found afterwards.
/// @throws Error{unavailable} while thousands of leads wait, as after the upgrade to the first version that
/// has the index: a search that leaves some of them out must not look like one that found none.
awaitable<void> catch_up(db::Database& db);

/// For the transaction that erases a lead, before the lead's row goes.
db::Statement remove_from_index(Uuid lead);

}  // namespace alma::leads
