#include "leads/submission_rate.hpp"

#include "base/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

namespace alma::leads {
namespace {

bool uses_budget(const std::exception_ptr& failure) {
    if (!failure) return true;
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        using enum ErrorKind;
        return error.kind() == invalid || error.kind() == malformed || error.kind() == too_large ||
               error.kind() == timed_out;
    } catch (...) {
        return false;
    }
}

}  // namespace

awaitable<limits::Hit> SubmissionRate::hit(const http::Request& request) {
    if (limit_ == nullptr) co_return limits::Hit{};
    co_return co_await limit_->hit(limits::source_of(request.client, secret_));
}

awaitable<void> SubmissionRate::settle(limits::Hit hit, std::exception_ptr failure) {
    if (limit_ == nullptr) co_return;
    if (!uses_budget(failure)) {
        co_await limit_->take_back(std::move(hit));
    } else {
        // Nobody has to wait until it is written down.
        const auto loop = co_await asio::this_coro::executor;
        asio::co_spawn(loop, limit_->keep(std::move(hit)), asio::detached);
    }
}

void SubmissionRate::add_headers(http::Response& response, const limits::Allowance& allowance) const {
    if (limit_ == nullptr) return;
    // Of a sliding window, what is left now is left for the whole window, if nothing more comes.
    const limits::Rate rate = limit_->rate();
    const std::chrono::seconds until =
        allowance.retry_after > std::chrono::seconds(0) ? allowance.retry_after : rate.window;
    response.with("RateLimit-Policy", fmt::format(R"("leads";q={};w={})", rate.count, rate.window.count()));
    response.with("RateLimit", fmt::format(R"("leads";r={};t={})", allowance.remaining, until.count()));
}

std::exception_ptr too_many_submissions(const limits::Allowance& allowance) {
    return std::make_exception_ptr(
        Error(ErrorKind::rate_limited, "Too many requests. Please try again later.", allowance.retry_after));
}

}  // namespace alma::leads
