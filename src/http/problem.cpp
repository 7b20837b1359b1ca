#include "http/problem.hpp"

#include "base/json.hpp"
#include "base/log.hpp"
#include "http/grammar.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace alma::http {
namespace {

void write_location(std::string& out, const std::vector<std::string>& location) {
    out += '[';
    for (std::size_t i = 0; i < location.size(); ++i) {
        if (i > 0) out += ',';
        // Only the first element is a place ("body"); a number after it is an offset or an index.
        if (i > 0 && is_digits(location[i])) {
            out += location[i];
        } else {
            write_json(out, location[i]);
        }
    }
    out += ']';
}

void write_field_error(std::string& out, const FieldError& error) {
    out += R"({"type":)";
    write_json(out, error.type);
    out += R"(,"loc":)";
    write_location(out, error.location);
    out += R"(,"msg":)";
    write_json(out, error.message);
    out += R"(,"input":)";
    if (error.is_json_input && error.input) {
        out += *error.input;
    } else {
        write_json(out, error.input);
    }
    if (!error.context.empty()) {
        out += R"(,"ctx":)";
        out += error.context;
    }
    out += '}';
}

/// As FastAPI answers a RequestValidationError.
Response validation_problem(const std::vector<FieldError>& fields) {
    std::string body = R"({"detail":[)";
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) body += ',';
        write_field_error(body, fields[i]);
    }
    body += "]}";
    return json_response(Status::unprocessable_content, std::move(body));
}

Response problem_from(const Error& error) {
    if (!error.fields().empty()) return validation_problem(error.fields());
    Response response = problem(status_of(error.kind()), error.detail());
    // RFC 9110 section 11.6.1: a 401 says how to authenticate.
    if (error.kind() == ErrorKind::unauthenticated) response.with("WWW-Authenticate", "Bearer");
    const bool may_pass_later =
        error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::rate_limited;
    if (error.retry_after() || may_pass_later) {
        const std::chrono::seconds wait = error.retry_after().value_or(std::chrono::seconds(1));
        response.with("Retry-After", std::to_string(wait.count()));
    }
    return response;
}

Response problem_from_unknown(std::string_view what, std::string_view request_id) {
    log::error("request failed", {{"request_id", request_id}, {"error", what}});
    return problem(Status::internal_server_error, "Internal Server Error");
}

}  // namespace

Status status_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::malformed:
        case ErrorKind::invalid:
            return Status::bad_request;
        case ErrorKind::unauthenticated:
            return Status::unauthorized;
        case ErrorKind::forbidden:
            return Status::forbidden;
        case ErrorKind::not_found:
            return Status::not_found;
        case ErrorKind::timed_out:
            return Status::request_timeout;
        case ErrorKind::conflict:
            return Status::conflict;
        case ErrorKind::too_large:
            return Status::payload_too_large;
        case ErrorKind::unprocessable:
            return Status::unprocessable_content;
        case ErrorKind::rate_limited:
            return Status::too_many_requests;
        case ErrorKind::upstream_failed:
            return Status::internal_server_error;
        case ErrorKind::unavailable:
            return Status::service_unavailable;
    }
    return Status::internal_server_error;
}

Response problem(Status status, std::string_view detail) {
    std::string body = R"({"detail":)";
    write_json(body, detail);
    body += '}';
    return json_response(status, std::move(body));
}

Response problem_from(std::exception_ptr failure, std::string_view request_id) {
    try {
        std::rethrow_exception(std::move(failure));
    } catch (const Error& error) {
        return problem_from(error);
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::operation_aborted)
            return problem_from_unknown(error.what(), request_id);
        // The service is stopping, and cancelled what it was at.
        return problem_from(Error(ErrorKind::unavailable, "Service is stopping"));
    } catch (const std::exception& error) {
        return problem_from_unknown(error.what(), request_id);
    } catch (...) {
        return problem_from_unknown("an exception of unknown type", request_id);
    }
}

}  // namespace alma::http
