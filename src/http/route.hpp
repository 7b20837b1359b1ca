/// One line of the API: what is routed, checked, measured and documented.
#pragma once

#include "http/message.hpp"
#include "http/operation.hpp"
#include "http/principal.hpp"

#include <cstddef>
#include <functional>
#include <string_view>
#include <variant>

namespace alma::http {

constexpr std::size_t KiB = 1024;
constexpr std::size_t MiB = 1024 * KiB;

/// Who may call a route. An admin may do all that an attorney may.
enum class Access { anyone, attorney, admin };

using PublicHandler = std::function<awaitable<Response>(Request&)>;
/// Only an authenticated route has a Principal to give.
using AuthenticatedHandler = std::function<awaitable<Response>(Request&, const Principal&)>;

struct Route {
    Method method;
    std::string_view path;  ///< "/leads/{lead_uuid}/resume"; a final slash is optional for clients, both ways
    Access access;
    std::size_t body_limit;  ///< bytes of the whole body, past which it is a 413; 0: the handler reads none
    std::variant<PublicHandler, AuthenticatedHandler> handler;
    const Operation* operation;  ///< its entry in the OpenAPI document; null for pages and probes that are
                                 ///< not part of the API
};

}  // namespace alma::http
