/// Moves entries of the audit log into its chain.
#pragma once

#include "audit/chain.hpp"
#include "base/time.hpp"
#include "db/database.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>

namespace alma::audit {

/// Seals all that waits, in transactions of a hundred entries. Any number of processes may do this at once:
/// of two that extend the same head one is void, and does it again behind the other.
/// @return how many entries this call sealed
/// @throws what Database::write throws; what was sealed until then is sealed
awaitable<std::size_t> seal(db::Database& db);

/// Seals once a second, and writes the chain's head to the log at the start, every hour and at the stop: a
/// log that is kept elsewhere tells whether the chain was cut, or made anew from some point on. Runs on one
/// event loop.
class Sealer {
public:
    Sealer(db::Database& db, asio::io_context& loop,
           std::chrono::milliseconds interval = std::chrono::seconds(1));
    ~Sealer();

    void start();
    /// Seals what is left, within a few seconds. Does nothing when it was not started.
    awaitable<void> stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace alma::audit
