#include "leads/lead_request.hpp"

namespace alma::leads {

void throw_lead_not_found() {
    throw Error(ErrorKind::not_found, std::string(lead_not_found.detail));
}

Uuid lead_uuid(const http::Request& request) {
    const std::optional<Uuid> uuid = parse_uuid(request.path_parameter("lead_uuid"));
    if (!uuid) throw_lead_not_found();
    return *uuid;
}

}  // namespace alma::leads
