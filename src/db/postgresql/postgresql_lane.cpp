#include "db/postgresql/postgresql_lane.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace alma::db {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int most_attempts = 3;
constexpr milliseconds first_pause{50};
constexpr milliseconds longest_pause{1000};
constexpr milliseconds conflict_pause{10};
/// A burst opens its connections one after the other: most of it has passed before the last would be there.
constexpr std::size_t most_connecting = 2;

void refuse(PostgresqlRequest& request, Error reason) {
    request.done(
        {.end = PostgresqlEnd::failed, .rows = {}, .failure = std::make_exception_ptr(std::move(reason))});
}

Error unreachable() {
    return {ErrorKind::unavailable, "The service cannot reach its database. Please try again in a moment.",
            std::chrono::seconds(1)};
}

steady_clock::time_point deadline_of(const PostgresqlRequestPtr& request) {
    return request->deadline;
}

}  // namespace

PostgresqlLane::PostgresqlLane(asio::any_io_executor loop, std::shared_ptr<PostgresqlConnector> connector,
                               PostgresqlLaneConfig config)
    : loop_(std::move(loop)),
      connector_(std::move(connector)),
      config_(config),
      mailbox_(std::make_shared<PostgresqlMailbox>(loop_)),
      alarm_(loop_, [this] {
          refuse_late();
          serve();
      }) {}

void PostgresqlLane::post(PostgresqlRequestPtr request) {
    if (unanswered() >= config_.max_waiting) return refuse(*request, Error::busy());
    waiting_.push_back(std::move(request));
    serve();
}

void PostgresqlLane::serve() {
    if (is_serving_) return;  // a request that ends at once, and calls finished() from within
    is_serving_ = true;
    drop_spent();
    while (!waiting_.empty()) {
        const ConnectionPtr connection = take_connection();
        if (!connection) break;
        PostgresqlRequestPtr request = std::move(waiting_.front());
        waiting_.pop_front();
        connection->send(std::move(request));
    }
    is_serving_ = false;
    if (waiting_.empty()) return alarm_.cancel();  // the loop may end
    if (open_.empty() && connecting_ == 0) {
        if (steady_clock::now() < pause_ends_) return refuse_waiting();
        open_another();
    }
    watch_waiting();
}

PostgresqlLane::ConnectionPtr PostgresqlLane::take_connection() {
    return config_.is_shared ? least_loaded() : idle();
}

PostgresqlLane::ConnectionPtr PostgresqlLane::least_loaded() {
    // One that rests may have been closed meanwhile.
    std::erase_if(open_, [](const Open& open) {
        return open.connection->outstanding() == 0 ? !open.connection->is_still_open()
                                                   : !open.connection->is_open();
    });
    ConnectionPtr least;
    for (const Open& open : open_) {
        if (open.generation != generation_) continue;
        if (!least || open.connection->outstanding() < least->outstanding()) least = open.connection;
    }
    if (!least || least->outstanding() > 0) open_another();
    return least;
}

PostgresqlLane::ConnectionPtr PostgresqlLane::idle() {
    for (const auto& [connection, generation] : open_) {
        const bool is_free = generation == generation_ && connection->outstanding() == 0;
        if (is_free && connection->is_still_open()) return connection;
    }
    drop_spent();
    open_another();
    return nullptr;
}

void PostgresqlLane::drop_spent() {
    for (const auto& [connection, generation] : open_) {
        const bool is_idle = connection->outstanding() == 0;
        const bool is_to_close =
            is_idle ? generation != generation_ : is_ending_ && !connection->is_waited_for();
        if (is_to_close) connection->abandon();
    }
    std::erase_if(open_, [](const Open& open) { return !open.connection->is_open(); });
}

void PostgresqlLane::open_another() {
    const bool is_enough =
        open_.size() + connecting_ >= config_.connections || connecting_ >= most_connecting;
    if (is_enough || steady_clock::now() < pause_ends_) return;
    ++connecting_;
    connector_->connect(mailbox_, config_.session,
                        [lane = weak_from_this()](PostgresqlConnector::Connected made) {
                            if (const auto self = lane.lock()) self->connected(std::move(made));
                        });
}

void PostgresqlLane::connected(PostgresqlConnector::Connected made) {
    --connecting_;
    std::string problem;
    if (made) {
        try {
            open_.push_back({.connection = std::make_shared<PostgresqlConnection>(loop_, std::move(*made),
                                                                                  config_.patience, events()),
                             .generation = generation_});
            if (is_unreachable_) log::info("the database can be reached again");
            is_unreachable_ = false;
            pause_ = milliseconds(0);
            return serve();
        } catch (const std::exception& failure) {
            problem = failure.what();
        }
    } else {
        problem = made.error();
    }
    // Once for an outage, not once a second.
    if (!is_unreachable_) log::error("the database cannot be reached", {{"error", problem}});
    is_unreachable_ = true;
    pause_ = std::clamp(pause_ * 2, first_pause, longest_pause);
    pause_ends_ = steady_clock::now() + jittered(pause_);
    if (open_.empty() && connecting_ == 0) refuse_waiting();
}

PostgresqlConnectionEvents PostgresqlLane::events() {
    const auto if_there = [lane = weak_from_this()](auto act) {
        if (const auto self = lane.lock()) act(*self);
    };
    return {
        .finished =
            [if_there, generation = generation_](PostgresqlRequestPtr request, PostgresqlOutcome outcome) {
                if_there([&](PostgresqlLane& lane) {
                    if (outcome.end == PostgresqlEnd::unknown) lane.distrust(generation);
                    lane.finished(std::move(request), std::move(outcome));
                });
            },
        .freed = [if_there] { if_there([](PostgresqlLane& lane) { lane.serve(); }); },
        .lost =
            [if_there, generation = generation_] {
                if_there([&](PostgresqlLane& lane) {
                    lane.distrust(generation);
                    lane.serve();
                });
            }};
}

void PostgresqlLane::distrust(std::uint64_t generation) {
    if (generation == generation_) ++generation_;
}

void PostgresqlLane::finished(PostgresqlRequestPtr request, PostgresqlOutcome outcome) {
    if (is_worth_another_try(*request, outcome.end)) {
        try_again(std::move(request), outcome.end);
    } else {
        request->done(std::move(outcome));
    }
    serve();
}

bool PostgresqlLane::is_worth_another_try(const PostgresqlRequest& request, PostgresqlEnd end) {
    if (steady_clock::now() >= request.deadline) return false;
    // Nothing of it was at fault; and the one that was is gone, so this comes to an end.
    if (end == PostgresqlEnd::passed_over) return true;
    const bool is_safe = end == PostgresqlEnd::not_done || end == PostgresqlEnd::conflicted;
    return is_safe && request.attempts + 1 < most_attempts;
}

void PostgresqlLane::try_again(PostgresqlRequestPtr request, PostgresqlEnd end) {
    if (end != PostgresqlEnd::passed_over) ++request->attempts;
    if (end != PostgresqlEnd::conflicted) {
        waiting_.push_front(std::move(request));
        return;
    }
    // The transactions that met would only meet again.
    const auto timer =
        std::make_shared<asio::steady_timer>(loop_, jittered(conflict_pause * request->attempts));
    const auto held = std::make_shared<PostgresqlRequestPtr>(std::move(request));
    ++pausing_;
    timer->async_wait([self = shared_from_this(), timer, held](boost::system::error_code) {
        --self->pausing_;
        self->waiting_.push_front(std::move(*held));
        self->serve();
    });
}

void PostgresqlLane::refuse_waiting() {
    alarm_.cancel();
    for (const PostgresqlRequestPtr& request : std::exchange(waiting_, {}))
        refuse(*request, unreachable());
}

void PostgresqlLane::watch_waiting() {
    if (!waiting_.empty()) alarm_.ring_by((*std::ranges::min_element(waiting_, {}, deadline_of))->deadline);
}

void PostgresqlLane::refuse_late() {
    const auto now = steady_clock::now();
    for (PostgresqlRequestPtr& request : waiting_) {
        if (request->deadline > now) continue;
        refuse(*request, Error::busy());
        request.reset();
    }
    std::erase(waiting_, nullptr);
}

std::size_t PostgresqlLane::unanswered() const {
    std::size_t count = waiting_.size() + pausing_;
    for (const Open& open : open_)
        count += open.connection->outstanding();
    return count;
}

milliseconds PostgresqlLane::jittered(milliseconds span) {
    const auto least = span.count() / 2;
    return milliseconds(std::uniform_int_distribution<milliseconds::rep>(least, span.count())(random_));
}

void PostgresqlLane::end_when_answered() {
    is_ending_ = true;
    serve();
}

void PostgresqlLane::close() {
    mailbox_->close();
    waiting_.clear();
    alarm_.cancel();
    for (const Open& open : std::exchange(open_, {}))
        open.connection->abandon();
}

}  // namespace alma::db
