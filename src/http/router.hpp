/// Finds the route of a request, checks who may call it, and calls it.
#pragma once

#include "http/route.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace alma::http {

/// Who makes this request, by its Authorization header; nothing when it does not prove an active user.
using Authenticate = std::function<awaitable<std::optional<Principal>>(Request&)>;

/// Immutable once built: used by every event loop at once.
class Router {
public:
    Router(std::vector<Route> routes, Authenticate authenticate);
    ~Router();

    /// What the head of a request alone decides: which route, its path parameters, its body limit.
    struct Match {
        const Route* route = nullptr;  ///< null: no such path, or a method that the path does not have
        std::string_view allow;  ///< the methods of the path, for Allow; empty when there is no such path
    };
    /// Fills request.path_parameters. HEAD is matched by GET. The path is split at its slashes, then each
    /// segment is percent-decoded, once: "/%6ceads" is /leads, but "%2F" is a character of its segment.
    Match match(Request& request) const;

    /// Checks access and calls the handler. @throws Error{unauthenticated|forbidden} and what the handler
    /// throws
    awaitable<Response> call(const Route& route, Request& request) const;

    [[nodiscard]] const std::vector<Route>& routes() const;

private:
    struct Tree;
    std::vector<Route> routes_;
    Authenticate authenticate_;
    std::unique_ptr<const Tree> tree_;
};

}  // namespace alma::http
