#include "live/listeners.hpp"

#include "base/error.hpp"

#include <boost/asio/redirect_error.hpp>

#include <algorithm>

namespace alma::live {

using namespace std::chrono_literals;

Listener::Listener(std::shared_ptr<Listeners> all, asio::any_io_executor loop)
    : all_(std::move(all)), loop_(std::move(loop)), alarm_(std::make_shared<asio::steady_timer>(loop_)) {}

Listener::~Listener() {
    const std::lock_guard lock(all_->mutex_);
    std::erase(all_->all_, this);
}

awaitable<Listener::News> Listener::next(std::chrono::steady_clock::time_point until) {
    while (true) {
        {
            const std::lock_guard lock(all_->mutex_);
            if (is_over_) co_return nullptr;
            if (!waiting_.empty()) {
                News news = std::move(waiting_.front());
                waiting_.pop_front();
                co_return news;
            }
        }
        if (std::chrono::steady_clock::now() >= until) co_return nullptr;
        // Nothing is missed in between: what wakes us runs on this loop, and so after the wait has begun.
        alarm_->expires_at(until);
        boost::system::error_code is_cancelled;
        co_await alarm_->async_wait(asio::redirect_error(asio::use_awaitable, is_cancelled));
    }
}

bool Listener::is_over() const {
    const std::lock_guard lock(all_->mutex_);
    return is_over_;
}

void Listener::wake() {
    asio::post(loop_, [alarm = alarm_] { alarm->cancel(); });
}

std::unique_ptr<Listener> Listeners::add(asio::any_io_executor loop) {
    auto listener = std::make_unique<Listener>(shared_from_this(), std::move(loop));
    const std::lock_guard lock(mutex_);
    if (has_ended_ || all_.size() >= most_)
        throw Error(ErrorKind::unavailable, "Too many clients listen. Please try again in a moment.", 5s);
    all_.push_back(listener.get());
    return listener;
}

void Listeners::publish(std::string text) {
    const auto news = std::make_shared<const std::string>(std::move(text));
    const std::lock_guard lock(mutex_);
    for (Listener* listener : all_) {
        if (listener->waiting_.size() < most_waiting) {
            listener->waiting_.push_back(news);
        } else {
            listener->waiting_.clear();
            listener->is_over_ = true;
        }
        listener->wake();
    }
}

void Listeners::end() {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    for (Listener* listener : all_) {
        listener->is_over_ = true;
        listener->wake();
    }
}

std::size_t Listeners::size() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
}

}  // namespace alma::live
