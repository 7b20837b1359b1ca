/// What can be done with accounts; the API and the command line call the same operations.
#pragma once

#include "audit/log.hpp"
#include "auth/login.hpp"
#include "base/async.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "users/user.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace alma::users {

/// Characters of a new password.
constexpr std::size_t min_password_length = 8;
constexpr std::size_t max_password_length = 128;

/// What is to be changed of an account; absent: nothing.
struct AccountChange {
    std::optional<http::Role> role;
    std::optional<bool> is_active;
};

/// Each change is in the audit log, with who made it. May be used from every event loop at once. A new
/// password that is too short, too long or no UTF-8 is refused with Error{invalid}.
class Accounts {
public:
    /// @param passwords the pool that hashes: nothing is hashed for a call that is refused
    Accounts(db::Database& db, WorkerPool& passwords, const Clock& clock);

    /// The first user, an admin: of any number of parallel calls exactly one succeeds, and in one process
    /// only one at a time hashes its password while the others wait for its outcome.
    /// @throws Error{invalid} the contract's text when there is a user already, or the e-mail is malformed
    awaitable<User> create_initial(std::string email, std::string password, audit::Actor actor);
    /// @param role as sent; checked after the e-mail and its uniqueness, as the contract orders
    /// @throws Error{invalid} the contract's text
    awaitable<User> create(std::string email, std::string password, std::string role, audit::Actor actor);
    /// All, oldest first.
    awaitable<std::vector<Account>> list();
    awaitable<bool> is_empty();

    /// Ends all sessions of the user, and all tokens that were given out.
    /// @throws Error{not_found} "User not found"
    awaitable<User> set_password(std::string email, std::string password, audit::Actor actor);
    /// The same, by the user who proved the password until now. @param session the id of one that goes on
    /// @throws Error{invalid} "Current password is incorrect", when it is that no more
    awaitable<void> change_own_password(auth::ProvedUser user, std::string password,
                                        std::optional<std::string> session);
    /// Setting what is set already is no error. Binds at the user's next request; a deactivation ends all
    /// sessions.
    /// @throws Error{not_found} "User not found"
    /// @throws Error{invalid} when nobody could administer the service afterwards: no active admin who has a
    ///         password
    awaitable<Account> change(std::int64_t id, AccountChange change, audit::Actor actor);
    awaitable<User> set_active(std::string email, bool is_active, audit::Actor actor);

private:
    class InitialTurn;

    awaitable<bool> exists(std::string email_folded);
    /// @throws Error{not_found} "User not found"
    awaitable<std::int64_t> id_of(std::string email);

    db::Database& db_;
    WorkerPool& passwords_;
    const Clock& clock_;
    /// Shared with the calls under way, which may outlive this at shutdown.
    std::shared_ptr<std::atomic<bool>> is_creating_initial_;
};

}  // namespace alma::users
