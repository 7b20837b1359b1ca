#include "storage/s3/client.hpp"

#include "base/log.hpp"
#include "base/worker_pool.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <mutex>
#include <random>
#include <vector>

namespace alma::storage::s3 {
namespace {

using Steady = std::chrono::steady_clock;
using Attempt = std::variant<Answer, Failure>;

constexpr std::chrono::milliseconds longest_backoff{5'000};

Attempt too_late() {
    return Failure{.cause = "all connections to the S3 store were busy for too long"};
}

double chance() {
    thread_local std::minstd_rand generator{std::random_device()()};
    return std::uniform_real_distribution<double>(0, 1)(generator);
}

awaitable<void> pause(std::chrono::milliseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

/// "PUT of an object": keys are no secret, but nobody needs them here.
std::string name_of(const Request& request) {
    return request.method + (request.key.empty() ? " of the bucket" : " of an object");
}

}  // namespace

std::chrono::milliseconds backoff(std::chrono::milliseconds base, int next, double chance) {
    std::chrono::milliseconds span = base;
    for (int attempt = 2; attempt < next && span < longest_backoff; ++attempt)
        span *= 2;
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::min(span, longest_backoff) * chance);
}

struct Client::State {
    const S3Config config;
    const Endpoint endpoint;
    std::atomic<bool> is_stopping = false;
    std::mutex mutex;
    std::vector<std::unique_ptr<Connection>> idle;  // at most one per thread
    WorkerPool pool;                                // these end first: their jobs use all of the above
    WorkerPool probes{"s3-check", 1, 16};

    explicit State(S3Config given)
        : config(std::move(given)), endpoint(config), pool("s3", config.connections, config.max_waiting) {}

    /// The one used last: its server has had the least time to hang up.
    std::unique_ptr<Connection> take_connection() {
        {
            const std::lock_guard lock(mutex);
            if (!idle.empty()) {
                std::unique_ptr<Connection> connection = std::move(idle.back());
                idle.pop_back();
                return connection;
            }
        }
        return std::make_unique<Connection>(config, endpoint, is_stopping);
    }

    Attempt attempt(const Request& request, Steady::time_point posted, Steady::time_point deadline) {
        if (is_stopping) return Failure{.cause = "the service is stopping"};
        if (Steady::now() - posted > config.longest_wait) return too_late();
        std::unique_ptr<Connection> connection = take_connection();
        // Once, and last: libcurl takes 0 ms for no limit at all.
        const auto left = std::chrono::floor<std::chrono::milliseconds>(deadline - Steady::now());
        Attempt outcome = left.count() < 1 ? too_late() : connection->exchange(request, left);
        const std::lock_guard lock(mutex);
        idle.push_back(std::move(connection));
        return outcome;
    }
};

Client::Client(S3Config config) : state_(std::make_unique<State>(std::move(config))) {}

Client::~Client() {
    state_->is_stopping = true;
}

std::size_t Client::waiting() const {
    return state_->pool.waiting();
}

awaitable<Answer> Client::send(Request request) {
    return send_through(state_->pool, std::move(request), state_->config.timeout, Tells::the_log);
}

awaitable<Answer> Client::probe(Request request) {
    return send_through(state_->probes, std::move(request), state_->config.check_timeout, Tells::its_caller);
}

awaitable<Answer> Client::send_through(WorkerPool& pool, Request request, std::chrono::milliseconds timeout,
                                       Tells tells) {
    const auto deadline = Steady::now() + timeout;
    const auto shared = std::make_shared<const Request>(std::move(request));
    for (int number = 1;; ++number) {
        auto job = [state = state_.get(), shared, posted = Steady::now(), deadline] {
            return state->attempt(*shared, posted, deadline);
        };
        Attempt outcome = co_await offload(pool, std::move(job));
        if (Answer* answer = std::get_if<Answer>(&outcome)) co_return std::move(*answer);
        const Failure& failure = std::get<Failure>(outcome);
        const auto wait = backoff(state_->config.retry_base, number + 1, chance());
        if (!failure.is_temporary || number == state_->config.max_attempts ||
            Steady::now() + wait >= deadline) {
            if (tells == Tells::the_log)
                log::warning("the store of resumes failed",
                             {{"request", name_of(*shared)}, {"attempts", number}, {"error", failure.cause}});
            throw S3Error(failure.cause);
        }
        if (tells == Tells::the_log)
            log::info("the store of resumes is asked again",
                      {{"request", name_of(*shared)}, {"attempt", number + 1}, {"error", failure.cause}});
        co_await pause(wait);
    }
}

}  // namespace alma::storage::s3
