#include "db/postgresql/postgresql_alarm.hpp"

#include <boost/asio/steady_timer.hpp>

#include <optional>

namespace alma::db {

struct PostgresqlAlarm::State {
    asio::steady_timer timer;
    const std::function<void()> ring;
    std::optional<Time> time{};  ///< while it is set
};

PostgresqlAlarm::PostgresqlAlarm(const asio::any_io_executor& loop, std::function<void()> ring)
    : state_(std::make_shared<State>(asio::steady_timer(loop), std::move(ring))) {}

PostgresqlAlarm::~PostgresqlAlarm() {
    cancel();
}

void PostgresqlAlarm::ring_by(Time when) {
    if (state_->time && *state_->time <= when) return;
    state_->time = when;
    state_->timer.expires_at(when);
    state_->timer.async_wait([state = state_, when](boost::system::error_code error) {
        if (error || state->time != when) return;  // another wait has taken the place of this one
        state->time.reset();
        state->ring();
    });
}

void PostgresqlAlarm::cancel() {
    if (!state_->time) return;
    state_->time.reset();
    state_->timer.cancel();
}

}  // namespace alma::db
