#include "app/welcome.hpp"

#include <fmt/format.h>

namespace alma::app {

awaitable<http::Response> Welcome::greet(http::Request& /*request*/) {
    if (!has_users_) has_users_ = !co_await accounts_.is_empty();
    co_return http::json_response(http::Status::ok, fmt::format(R"({{"has_users":{}}})", has_users_.load()));
}

}  // namespace alma::app
