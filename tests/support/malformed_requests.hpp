/// Requests that two HTTP implementations may read differently, or that are none at all.
#pragma once

#include <string>
#include <vector>

namespace alma::http {

struct MalformedRequest {
    std::string name;
    std::string bytes;  ///< with a second request behind, which must never be answered
    int status;
    bool is_in_body = false;  ///< the head alone is fine
};

std::vector<MalformedRequest> malformed_requests();

}  // namespace alma::http
