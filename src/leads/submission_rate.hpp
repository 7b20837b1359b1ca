/// How often a client may submit leads, whichever way they come.
#pragma once

#include "http/message.hpp"
#include "limits/limit.hpp"

#include <exception>
#include <optional>
#include <string>

namespace alma::leads {

/// Each submission begins with hit() and ends with settle(), unless it was refused. May be used from every
/// event loop at once.
class SubmissionRate {
public:
    /// @param limit null: off
    /// @param secret keys the hash of client addresses
    SubmissionRate(limits::Limit* limit, std::string secret) : limit_(limit), secret_(std::move(secret)) {}

    /// Before a byte of the body is read: uploads at the same time cannot outrun the limit.
    awaitable<limits::Hit> hit(const http::Request& request);

    /// How the submission ended. A 400 or 413 uses up the budget: who sends rubbish, or too slowly, is to
    /// slow down, too. Who left a field out is not; and what fails on our side is not the prospect's.
    /// @param failure null: it was stored
    awaitable<void> settle(limits::Hit hit, std::exception_ptr failure);

    /// The fields of draft-ietf-httpapi-ratelimit-headers-10: the rule, and what is left of it.
    void add_headers(http::Response& response, const limits::Allowance& allowance) const;

private:
    limits::Limit* limit_;
    std::string secret_;
};

/// For a hit that was not allowed; with the time to wait. Its answer gets SubmissionRate::add_headers, too.
std::exception_ptr too_many_submissions(const limits::Allowance& allowance);

}  // namespace alma::leads
