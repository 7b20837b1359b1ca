/// POST /users/initial and POST /users/.
#pragma once

#include "http/message.hpp"
#include "http/openapi.hpp"
#include "http/principal.hpp"
#include "users/accounts.hpp"

namespace alma::users {

class UserApi {
public:
    explicit UserApi(Accounts& accounts);

    awaitable<http::Response> create_initial(http::Request& request);
    awaitable<http::Response> create(http::Request& request, const http::Principal& caller);

    static const http::Operation create_initial_operation;
    static const http::Operation create_operation;
    static std::vector<http::Schema> schemas();  ///< User

private:
    Accounts& accounts_;
};

}  // namespace alma::users
