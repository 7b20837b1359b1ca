/// POST /token: a password for a token.
#pragma once

#include "auth/login.hpp"
#include "auth/token.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"

namespace alma::auth {

class LoginApi {
public:
    LoginApi(Login& login, const TokenSigner& tokens);

    awaitable<http::Response> login(http::Request& request);

    static const http::Operation login_operation;
    static std::vector<http::Schema> schemas();  ///< Token

private:
    Login& login_;
    const TokenSigner& tokens_;
};

}  // namespace alma::auth
