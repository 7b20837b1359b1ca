#include "users/user_id.hpp"

#include "base/error.hpp"

#include <charconv>

namespace alma::users {

std::int64_t user_id_of(const http::Request& request) {
    const std::string& text = request.path_parameter("user_id");
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size())
        throw Error(ErrorKind::not_found, "User not found");
    return id;
}

}  // namespace alma::users
