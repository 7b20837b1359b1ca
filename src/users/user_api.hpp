/// /users/: making accounts, changing them, and one's own password.
#pragma once

#include "auth/login.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"
#include "http/principal.hpp"
#include "users/accounts.hpp"

namespace alma::users {

class UserApi {
public:
    UserApi(Accounts& accounts, auth::Login& login);

    awaitable<http::Response> create_initial(http::Request& request);
    awaitable<http::Response> create(http::Request& request, const http::Principal& caller);
    awaitable<http::Response> list(http::Request& request);
    awaitable<http::Response> assignees(http::Request& request);
    awaitable<http::Response> change(http::Request& request, const http::Principal& caller);
    awaitable<http::Response> change_own_password(http::Request& request, const http::Principal& caller);

    static const http::Operation create_initial_operation;
    static const http::Operation create_operation;
    static const http::Operation list_operation;
    static const http::Operation assignees_operation;
    static const http::Operation change_operation;
    static const http::Operation change_own_password_operation;
    static std::vector<http::Schema> schemas();  ///< User, Account, Assignee

private:
    Accounts& accounts_;
    auth::Login& login_;
};

}  // namespace alma::users
