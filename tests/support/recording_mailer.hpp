/// A mailer that keeps what it is given, and can be told to fail.
#pragma once

#include "mail/mailer.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <mutex>
#include <optional>

namespace alma::mail {

class RecordingMailer final : public Mailer {
public:
    awaitable<Delivery> send(Mail mail) override {
        ++attempts;
        const int now_sending = ++sending_;
        most_at_once = std::max(most_at_once.load(), now_sending);
        while (hangs && !is_stopped_) {
            asio::steady_timer pause(co_await asio::this_coro::executor, std::chrono::milliseconds(2));
            co_await pause.async_wait(asio::use_awaitable);
        }
        --sending_;
        if (is_stopped_) throw MailError("The service is stopping", false);
        const std::lock_guard lock(mutex_);
        if (failure_) throw MailError(*failure_);
        sent_.push_back(std::move(mail));
        co_return Delivery{};
    }
    void stop() noexcept override { is_stopped_ = true; }

    /// Every mail fails with this, from now on; nothing: the mail server is well again.
    void fail_with(std::optional<MailError> failure) {
        const std::lock_guard lock(mutex_);
        failure_ = std::move(failure);
    }
    [[nodiscard]] std::vector<Mail> sent() const {
        const std::lock_guard lock(mutex_);
        return sent_;
    }

    std::atomic<bool> hangs = false;
    std::atomic<int> attempts = 0;
    std::atomic<int> most_at_once = 0;

private:
    mutable std::mutex mutex_;
    std::vector<Mail> sent_;
    std::optional<MailError> failure_;
    std::atomic<int> sending_ = 0;
    std::atomic<bool> is_stopped_ = false;
};

}  // namespace alma::mail
