/// The one place where a failure becomes an HTTP answer.
#pragma once

#include "base/error.hpp"
#include "http/message.hpp"

#include <exception>
#include <string_view>

namespace alma::http {

Status status_of(ErrorKind kind);

/// {"detail": "..."}
Response problem(Status status, std::string_view detail);

/// {"detail": "..."}, or FastAPI's list for a 422; with WWW-Authenticate and Retry-After where they belong.
/// What is no Error is logged with the request id and answered as 500 "Internal Server Error".
Response problem_from(std::exception_ptr failure, std::string_view request_id);

}  // namespace alma::http
