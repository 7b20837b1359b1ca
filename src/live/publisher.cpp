#include "live/publisher.hpp"

#include "base/json.hpp"
#include "base/log.hpp"
#include "live/lead_changes.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <atomic>

namespace alma::live {
namespace {

std::string events_of(const std::vector<LeadChange>& changes) {
    std::string text;
    for (const LeadChange& change : changes) {
        text += "event: lead\ndata: ";
        write_json(text, change);
        text += "\n\n";
    }
    return text;
}

}  // namespace

/// Touched on the loop alone, but for the listeners and the atomic.
struct Publisher::State {
    const PublisherConfig config;
    db::Database& db;
    asio::io_context& loop;
    std::unique_ptr<LeadChanges> changes;  ///< while it follows
    std::shared_ptr<Listeners> listeners;
    asio::steady_timer alarm;
    std::atomic<bool> is_wake_posted = false;
    bool is_resting = false;  ///< the alarm may be set off early
    bool is_woken = false;
    bool is_failing = false;
    bool is_stopping = false;

    State(PublisherConfig settings, db::Database& database, asio::io_context& context)
        : config(settings),
          db(database),
          loop(context),
          listeners(std::make_shared<Listeners>(settings.most_listeners)),
          alarm(context) {}

    // Coroutines take the state by shared pointer: they may outlive the publisher.
    static awaitable<void> begin(std::shared_ptr<State> self);
    static awaitable<void> follow(std::shared_ptr<State> self);
    awaitable<void> publish();
    awaitable<void> rest();
    awaitable<void> wait(std::chrono::milliseconds time);
};

/// Who begins to listen while others do joins them: it is told a little more than it has to be.
awaitable<void> Publisher::State::begin(std::shared_ptr<State> self) {
    if (self->changes) co_return;
    auto changes = std::make_unique<LeadChanges>(self->db);
    co_await changes->begin();
    // Another one was faster, and may have told something since.
    if (self->changes) co_return;
    self->changes = std::move(changes);
    asio::co_spawn(self->loop, follow(self), asio::detached);
}

awaitable<void> Publisher::State::follow(std::shared_ptr<State> self) {
    while (!self->is_stopping && self->listeners->size() > 0) {
        try {
            co_await self->publish();
            self->is_failing = false;
        } catch (const std::exception& failure) {
            // Once for an outage, not once a second. Nothing is lost: it goes on where it was.
            if (!self->is_failing)
                log::error("changes of leads cannot be told to those who listen",
                           {{"error", failure.what()}});
            self->is_failing = true;
        }
        co_await self->rest();
    }
    self->changes.reset();
}

awaitable<void> Publisher::State::publish() {
    while (true) {
        const std::vector<LeadChange> seen = co_await changes->next();
        if (seen.empty()) co_return;
        listeners->publish(events_of(seen));
    }
}

awaitable<void> Publisher::State::rest() {
    co_await wait(config.pause);
    is_resting = true;
    if (!is_woken && !is_stopping) co_await wait(config.interval);
    is_resting = false;
    is_woken = false;
}

awaitable<void> Publisher::State::wait(std::chrono::milliseconds time) {
    alarm.expires_after(time);
    boost::system::error_code is_cancelled;
    co_await alarm.async_wait(asio::redirect_error(asio::use_awaitable, is_cancelled));
}

Publisher::Publisher(PublisherConfig config, db::Database& db, asio::io_context& loop)
    : state_(std::make_shared<State>(config, db, loop)) {}

Publisher::~Publisher() {
    stop();
}

awaitable<std::unique_ptr<Listener>> Publisher::listen() {
    const std::shared_ptr<State> state = state_;
    // First, so that nothing which is seen from now on passes it by.
    std::unique_ptr<Listener> listener = state->listeners->add(co_await asio::this_coro::executor);
    auto beginning = State::begin(state);
    co_await asio::co_spawn(state->loop, std::move(beginning), asio::use_awaitable);
    co_return listener;
}

void Publisher::wake() noexcept {
    if (state_->listeners->size() == 0 || state_->is_wake_posted.exchange(true)) return;
    try {
        asio::post(state_->loop, [state = std::weak_ptr<State>(state_)] {
            const std::shared_ptr<State> self = state.lock();
            if (!self) return;
            self->is_wake_posted = false;
            self->is_woken = true;
            if (self->is_resting) self->alarm.cancel();
        });
    } catch (const std::exception&) {
        state_->is_wake_posted = false;  // no memory now; the next look finds what there is
    }
}

void Publisher::stop() {
    state_->listeners->end();
    asio::post(state_->loop, [state = state_] {
        state->is_stopping = true;
        state->alarm.cancel();
    });
}

std::size_t Publisher::listeners() const {
    return state_->listeners->size();
}

}  // namespace alma::live
