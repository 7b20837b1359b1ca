#include "http/session_loop.hpp"

#include "base/encoding.hpp"
#include "http/response_head.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <sodium.h>

#include <array>
#include <charconv>

namespace alma::http {

SessionLoop::SessionLoop(asio::io_context& loop, std::shared_ptr<ServerContext> context)
    : loop_(loop), server_(std::move(context)), ticker_(loop), date_line_(http::date_line()) {
    std::array<std::uint8_t, 8> random{};
    randombytes_buf(random.data(), random.size());
    id_prefix_ = to_hex(random) + '-';
}

void SessionLoop::start() {
    asio::co_spawn(loop_, tick(shared_from_this()), asio::detached);
}

/// Often enough that a deadline is late by an eighth at most; a few times a second with the usual limits.
std::chrono::milliseconds SessionLoop::tick_interval() const {
    const Limits& limits = server_->config.limits;
    const auto shortest = std::min({limits.header_time, limits.idle_time, limits.body_grace, limits.body_time,
                                    limits.stall_time, limits.linger_time});
    return std::clamp(shortest / 8, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

awaitable<void> SessionLoop::tick(std::shared_ptr<SessionLoop> self) {
    const std::chrono::milliseconds interval = self->tick_interval();
    while (self->is_ticking_) {
        self->ticker_.expires_after(interval);
        boost::system::error_code ignored;
        co_await self->ticker_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        const SteadyTime now = std::chrono::steady_clock::now();
        for (LoopMember& member : self->members_)
            member.end_when_late(now);
        self->date_line_ = http::date_line();
    }
}

void SessionLoop::stop_ticking() {
    is_ticking_ = false;
    ticker_.cancel();
}

void SessionLoop::end_idle() {
    for (LoopMember& member : members_)
        member.end_when_idle();
}

void SessionLoop::abort() {
    for (auto member = members_.begin(); member != members_.end();)
        (member++)->abort();
}

void SessionLoop::write_request_id(std::string& out) {
    std::array<char, 16> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), ++ids_, 16);
    out.assign(id_prefix_).append(digits.data(), end);
}

}  // namespace alma::http
