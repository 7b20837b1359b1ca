/// What the inbox asks before anyone has logged in.
#pragma once

#include "http/message.hpp"
#include "users/accounts.hpp"

#include <atomic>
#include <string>
#include <utility>

namespace alma::app {

/// May be used from every event loop at once.
class Welcome {
public:
    /// @param firm_name as people know it, or empty
    Welcome(users::Accounts& accounts, std::string firm_name)
        : accounts_(accounts), firm_name_(std::move(firm_name)) {}

    /// GET /inbox/welcome: `{"firm_name": "…", "has_users": true}`; false as long as the first admin is to be
    /// created, which POST /users/initial tells anyone, too. Asks the database no more once there is a user.
    awaitable<http::Response> greet(http::Request& request);

private:
    users::Accounts& accounts_;
    std::string firm_name_;
    std::atomic<bool> has_users_ = false;
};

}  // namespace alma::app
