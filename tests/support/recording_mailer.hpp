/// A mailer that keeps what it is given, and can be told to fail.
#pragma once

#include "mail/mailer.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
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
        if (failure_) std::rethrow_exception(failure_);
        Delivery delivery;
        std::erase_if(mail.to, [&](const std::string& recipient) {
            const auto refusal = std::ranges::find(refusals_, recipient, &Delivery::Refusal::recipient);
            if (refusal == refusals_.end()) return false;
            delivery.refused.push_back(*refusal);
            return true;
        });
        if (mail.to.empty()) throw MailError(delivery.refused[0].reply, delivery.refused[0].is_permanent);
        sent_.push_back(std::move(mail));
        co_return delivery;
    }
    void stop() noexcept override { is_stopped_ = true; }

    /// Every mail fails with this, from now on; nothing: the mail server is well again.
    void fail_with(std::optional<MailError> failure) {
        fail_with(failure ? std::make_exception_ptr(*failure) : nullptr);
    }
    void fail_with(std::exception_ptr failure) {
        const std::lock_guard lock(mutex_);
        failure_ = std::move(failure);
    }
    /// Those recipients are refused, from now on, while the mail goes to the others.
    void refuse(std::vector<Delivery::Refusal> refusals) {
        const std::lock_guard lock(mutex_);
        refusals_ = std::move(refusals);
    }
    /// Without the recipients that were refused.
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
    std::exception_ptr failure_;
    std::vector<Delivery::Refusal> refusals_;
    std::atomic<int> sending_ = 0;
    std::atomic<bool> is_stopped_ = false;
};

}  // namespace alma::mail
