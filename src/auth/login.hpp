/// A password for an account: what every way of logging in shares.
#pragma once

#include "audit/recorder.hpp"
#include "auth/login_throttle.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace alma::auth {

/// An active user whose password was right.
struct ProvedUser {
    std::int64_t id = 0;
    std::string email;
    /// What is given out for it counts as issued then: before the password was read, in whole seconds. So a
    /// change of the password while it was judged makes it void.
    Instant issued_at;
};

/// Throttles, takes the same time whether there is such an account or not, hashes cheap hashes anew, and
/// records failures. May be used from every event loop at once.
class Login {
public:
    Login(db::Database& db, LoginThrottle& throttle, WorkerPool& passwords, audit::Recorder& audit_log,
          const Clock& clock);

    /// @return nothing when the account is unknown or inactive, or the password wrong
    /// @throws Error{rate_limited|unavailable}
    awaitable<std::optional<ProvedUser>> prove(const http::Request& request, std::string email,
                                               std::string password);

    /// The same for somebody who logs in, which is recorded.
    /// @param details for the audit log: a JSON object
    /// @throws Error{unauthenticated} "Incorrect email or password", too
    awaitable<ProvedUser> log_in(const http::Request& request, std::string email, std::string password,
                                 std::string details = "{}");

private:
    db::Database& db_;
    LoginThrottle& throttle_;
    WorkerPool& passwords_;
    audit::Recorder& audit_log_;
    const Clock& clock_;
};

}  // namespace alma::auth
