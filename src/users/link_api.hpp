/// Invitations and forgotten passwords.
#pragma once

#include "http/message.hpp"
#include "http/openapi.hpp"
#include "http/principal.hpp"
#include "users/invitations.hpp"
#include "users/link_throttle.hpp"

namespace alma::users {

class LinkApi {
public:
    LinkApi(Invitations& invitations, LinkThrottle& throttle);

    awaitable<http::Response> invite(http::Request& request, const http::Principal& caller);
    awaitable<http::Response> invite_again(http::Request& request, const http::Principal& caller);
    awaitable<http::Response> ask_reset(http::Request& request);
    awaitable<http::Response> use(http::Request& request);

    static const http::Operation invite_operation;
    static const http::Operation invite_again_operation;
    static const http::Operation ask_reset_operation;
    static const http::Operation use_operation;

private:
    Invitations& invitations_;
    LinkThrottle& throttle_;
};

}  // namespace alma::users
