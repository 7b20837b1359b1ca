#include "app/welcome.hpp"

#include "base/json.hpp"

#include <fmt/format.h>

namespace alma::app {

awaitable<http::Response> Welcome::greet(http::Request& /*request*/) {
    if (!has_users_) has_users_ = !co_await accounts_.is_empty();
    std::string body = R"({"firm_name":)";
    write_json(body, firm_name_);
    body += fmt::format(R"(,"has_users":{}}})", has_users_.load());
    co_return http::json_response(http::Status::ok, std::move(body));
}

}  // namespace alma::app
