#include "http/router.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"

#include <array>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace alma::http {
namespace {

constexpr std::array all_methods{Method::get,   Method::head,    Method::post,   Method::put,
                                 Method::patch, Method::delete_, Method::options};

constexpr std::size_t index_of(Method method) {
    return static_cast<std::size_t>(method);
}

/// Reads "/segment" off the front. One slash at the end of a path is no segment.
std::optional<std::string_view> take_segment(std::string_view& path) {
    if (path.empty() || path == "/") return std::nullopt;
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

bool is_parameter(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

}  // namespace

/// The routes by the segments of their paths.
struct Router::Tree {
    struct Node {
        std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
        std::unique_ptr<Node> parameter;
        std::string_view parameter_name;
        std::array<const Route*, all_methods.size()> routes{};
        std::string allow;  ///< empty: no route ends here
    };
    Node root;

    void add(const Route& route);
    static const Node* find(const Node& node, std::string_view path, Request& request);
    static const Node* find_decoded(const Node& node, std::string_view segment, std::string_view rest,
                                    Request& request);
    /// @param segment decoded
    static const Node* find_below(const Node& node, std::string_view segment, std::string_view rest,
                                  Request& request);
    static const Node* find_by_parameter(const Node& node, std::string_view segment, std::string_view rest,
                                         Request& request);
};

void Router::Tree::add(const Route& route) {
    if (!route.path.starts_with('/')) throw std::logic_error("a route's path begins with a slash");
    Node* node = &root;
    std::string_view path = route.path;
    while (const std::optional<std::string_view> segment = take_segment(path)) {
        if (is_parameter(*segment)) {
            const std::string_view name = segment->substr(1, segment->size() - 2);
            if (!node->parameter) node->parameter = std::make_unique<Node>();
            if (!node->parameter_name.empty() && node->parameter_name != name)
                throw std::logic_error("a path parameter with two names: " + std::string(name));
            node->parameter_name = name;
            node = node->parameter.get();
        } else {
            std::unique_ptr<Node>& child = node->literals[std::string(*segment)];
            if (!child) child = std::make_unique<Node>();
            node = child.get();
        }
    }
    const Route*& place = node->routes[index_of(route.method)];
    if (place != nullptr) throw std::logic_error("two routes for " + std::string(route.path));
    place = &route;
}

/// The node where `path` ends and a route does, too; literal segments are preferred to parameters.
const Router::Tree::Node* Router::Tree::find(const Node& node, std::string_view path, Request& request) {
    const std::optional<std::string_view> segment = take_segment(path);
    if (!segment) return node.allow.empty() ? nullptr : &node;
    if (segment->contains('%')) return find_decoded(node, *segment, path, request);
    return find_below(node, *segment, path, request);
}

/// Decoding comes once, and after the path has been split: an escaped slash separates nothing, so that nobody
/// on the way who does not decode it sees another path than we do.
const Router::Tree::Node* Router::Tree::find_decoded(const Node& node, std::string_view segment,
                                                     std::string_view rest, Request& request) {
    const std::optional<std::string> decoded = percent_decode(segment, false);
    return decoded ? find_below(node, *decoded, rest, request) : nullptr;
}

const Router::Tree::Node* Router::Tree::find_below(const Node& node, std::string_view segment,
                                                   std::string_view rest, Request& request) {
    if (const auto literal = node.literals.find(segment); literal != node.literals.end()) {
        if (const Node* found = find(*literal->second, rest, request)) return found;
    }
    return node.parameter ? find_by_parameter(node, segment, rest, request) : nullptr;
}

const Router::Tree::Node* Router::Tree::find_by_parameter(const Node& node, std::string_view segment,
                                                          std::string_view rest, Request& request) {
    if (segment.empty() || segment == "." || segment == "..") return nullptr;
    request.path_parameters.emplace_back(node.parameter_name, segment);
    const Node* found = find(*node.parameter, rest, request);
    if (found == nullptr) request.path_parameters.pop_back();
    return found;
}

namespace {

/// "GET, HEAD, OPTIONS": what the path can be asked for.
std::string allow_of(const std::array<const Route*, all_methods.size()>& routes) {
    std::string allow;
    for (const Method method : all_methods) {
        const bool is_head_by_get = method == Method::head && routes[index_of(Method::get)] != nullptr;
        const bool is_allowed =
            routes[index_of(method)] != nullptr || is_head_by_get || method == Method::options;
        if (!is_allowed) continue;
        if (!allow.empty()) allow += ", ";
        allow += to_text(method);
    }
    return allow;
}

template <class Node>
void fill_allow(Node& node) {
    const bool has_route =
        std::ranges::any_of(node.routes, [](const Route* route) { return route != nullptr; });
    if (has_route) node.allow = allow_of(node.routes);
    for (auto& [segment, child] : node.literals)
        fill_allow(*child);
    if (node.parameter) fill_allow(*node.parameter);
}

bool may_call(Role role, Access access) {
    return access != Access::admin || role == Role::admin;
}

}  // namespace

Router::Router(std::vector<Route> routes, Authenticate authenticate)
    : routes_(std::move(routes)), authenticate_(std::move(authenticate)) {
    auto tree = std::make_unique<Tree>();
    for (const Route& route : routes_) {
        const bool is_public = std::holds_alternative<PublicHandler>(route.handler);
        if (is_public != (route.access == Access::anyone))
            throw std::logic_error("the handler does not fit the access of " + std::string(route.path));
        tree->add(route);
    }
    fill_allow(tree->root);
    tree_ = std::move(tree);
}

Router::~Router() = default;

Router::Match Router::match(Request& request) const {
    request.path_parameters.clear();
    if (!request.path.starts_with('/')) return {};
    const Tree::Node* node = Tree::find(tree_->root, request.path, request);
    if (node == nullptr) return {};
    const Route* route = node->routes[index_of(request.method)];
    if (route == nullptr && request.method == Method::head) route = node->routes[index_of(Method::get)];
    return {.route = route, .allow = node->allow};
}

awaitable<Response> Router::call(const Route& route, Request& request) const {
    std::optional<Principal> principal;
    if (route.access != Access::anyone) {
        principal = co_await authenticate_(request);
        if (!principal) throw Error(ErrorKind::unauthenticated, "Could not validate credentials");
        if (!may_call(principal->role, route.access))
            throw Error(ErrorKind::forbidden, "Not enough permissions. Admin role required.");
    }
    if (principal) co_return co_await std::get<AuthenticatedHandler>(route.handler)(request, *principal);
    co_return co_await std::get<PublicHandler>(route.handler)(request);
}

const std::vector<Route>& Router::routes() const {
    return routes_;
}

}  // namespace alma::http
