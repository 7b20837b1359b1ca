/// The one failure of a write after which it may have been done.
#pragma once

#include "base/error.hpp"

#include <chrono>

namespace alma::db {

/// The connection to the database ended while it may have been committing. Everywhere else
/// Error{unavailable} means that nothing was done; who acts on that meaning catches this one before.
///
/// A transaction that cannot be committed twice (it deletes a row that it requires) is simply written again:
/// that waits for whatever became of the first one, and then commits it or returns nothing.
class OutcomeUnknown : public Error {
public:
    OutcomeUnknown()
        : Error(ErrorKind::unavailable,
                "The service lost its database at the wrong moment, and does not know whether this was "
                "stored. Please look before you try again.",
                std::chrono::seconds(5)) {}
};

}  // namespace alma::db
