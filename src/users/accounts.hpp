/// What can be done with accounts; the API and the command line call the same operations.
#pragma once

#include "base/async.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "users/user.hpp"

#include <string>
#include <vector>

namespace alma::users {

/// May be used from every event loop at once.
class Accounts {
public:
    Accounts(db::Database& db, WorkerPool& passwords, const Clock& clock);

    /// The first user, an admin: of any number of parallel calls exactly one succeeds.
    /// @throws Error{invalid} the contract's text when there is a user already, or the e-mail is malformed
    awaitable<User> create_initial(std::string email, std::string password);
    /// @param role as sent; checked after the e-mail and its uniqueness, as the contract orders
    awaitable<User> create(std::string email, std::string password, std::string role);
    awaitable<std::vector<User>> list();
    /// @throws Error{not_found} "User not found"
    awaitable<User> set_password(std::string email, std::string password);
    awaitable<User> set_active(std::string email, bool is_active);
    awaitable<bool> is_empty();

private:
    db::Database& db_;
    WorkerPool& passwords_;
    const Clock& clock_;
};

/// Characters of a new password.
constexpr std::size_t min_password_length = 8;
constexpr std::size_t max_password_length = 128;

}  // namespace alma::users
