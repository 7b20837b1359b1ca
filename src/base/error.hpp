/// Failures that end a request and that its sender can act on.
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace alma {

/// What went wrong, in the words of the domain. http/problem.cpp alone knows the status codes.
enum class ErrorKind {
    malformed,        ///< 400, the bytes are no valid HTTP; the connection ends with the answer
    invalid,          ///< 400, a rule of ours refuses the input
    unauthenticated,  ///< 401, with WWW-Authenticate: Bearer
    forbidden,        ///< 403
    not_found,        ///< 404
    timed_out,        ///< 408, the client did not send its request in time
    conflict,         ///< 409
    too_large,        ///< 413
    unprocessable,    ///< 422, a field is missing or has the wrong type: see Error::fields
    rate_limited,     ///< 429, with Retry-After
    upstream_failed,  ///< 500, with a text that is meant for the client
    unavailable,      ///< 503, with Retry-After; nothing was done (but see db/outcome_unknown.hpp), the same
                      ///< request may pass later
};

/// One entry of a 422 answer, in the form that FastAPI gives it.
struct FieldError {
    std::string type;                    ///< a pydantic error type: "missing", "string_too_long", ...
    std::vector<std::string> location;   ///< {"body", "email"}; "17", an offset, is written as a number
    std::string message;                 ///< "Field required"
    std::optional<std::string> input{};  ///< what was sent; absent becomes null. Never a password.
    bool is_json_input = false;          ///< `input` is JSON text: what was sent was no string
    std::string context{};               ///< "ctx" as JSON text: {"max_length":200}; empty: none
};

/// Thrown where a rule is broken, caught once, in http/problem.cpp. The detail is shown to the client.
class Error : public std::exception {
public:
    Error(ErrorKind kind, std::string detail) : kind_(kind), detail_(std::move(detail)) {}

    /// A 422 answer, naming every bad field at once.
    explicit Error(std::vector<FieldError> fields)
        : kind_(ErrorKind::unprocessable), detail_("Validation failed"), fields_(std::move(fields)) {}

    /// A refusal that says when to come back.
    Error(ErrorKind kind, std::string detail, std::chrono::seconds retry_after)
        : kind_(kind), detail_(std::move(detail)), retry_after_(retry_after) {}

    /// 503 of a queue that is full or a lock that is held for too long: a moment later there is room again.
    static Error busy();
    /// 503 of a disk or a store that takes nothing: somebody has to look after it.
    static Error cannot_store();

    [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
    [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
    [[nodiscard]] const std::vector<FieldError>& fields() const noexcept { return fields_; }
    [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const noexcept { return retry_after_; }
    [[nodiscard]] const char* what() const noexcept override { return detail_.c_str(); }

private:
    ErrorKind kind_;
    std::string detail_;
    std::vector<FieldError> fields_;
    std::optional<std::chrono::seconds> retry_after_;
};

}  // namespace alma
