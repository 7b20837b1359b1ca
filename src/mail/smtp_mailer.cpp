#include "mail/smtp_mailer.hpp"

#include "base/worker_pool.hpp"
#include "mail/address.hpp"
#include "mail/mime.hpp"
#include "mail/smtp_connection.hpp"

#include <atomic>
#include <mutex>

namespace alma::mail {
namespace {

constexpr std::size_t max_waiting_mails = 64;

std::chrono::milliseconds until(std::chrono::steady_clock::time_point deadline) {
    return std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
}

/// The recipients whose addresses only such a server takes as offers SMTPUTF8.
std::vector<Delivery::Refusal> take_out_beyond_ascii(Mail& mail, const Smtputf8NotOffered& failure) {
    std::vector<Delivery::Refusal> refused;
    std::erase_if(mail.to, [&](const std::string& recipient) {
        const std::optional<WireAddress> address = to_wire(recipient);
        if (!address || address->is_ascii) return false;
        refused.push_back({.recipient = recipient, .reply = failure.what(), .is_permanent = true});
        return true;
    });
    return refused;
}

}  // namespace

struct SmtpMailer::State {
    const SmtpConfig config;
    const Mailbox from;
    std::atomic<bool> is_stopping = false;
    std::mutex mutex;
    std::vector<std::unique_ptr<SmtpConnection>> idle;  // at most one per thread
    WorkerPool pool;                                    // ends first: its jobs use all of the above

    explicit State(SmtpConfig smtp_config)
        : config(std::move(smtp_config)),
          from(parse_sender(config.from)),
          pool("smtp", config.connections, max_waiting_mails) {}

    std::unique_ptr<SmtpConnection> take_connection() {
        {
            const std::lock_guard lock(mutex);
            if (!idle.empty()) {
                // The one used last: its server has had the least time to hang up.
                std::unique_ptr<SmtpConnection> connection = std::move(idle.back());
                idle.pop_back();
                return connection;
            }
        }
        return std::make_unique<SmtpConnection>(config, is_stopping);
    }

    Delivery send(const WireMessage& message, std::chrono::steady_clock::time_point deadline) {
        if (is_stopping) throw MailError("The service is stopping", false);
        const std::chrono::milliseconds timeout = until(deadline);
        if (timeout.count() <= 0)
            throw MailError("All connections to the mail server were busy for too long", false);
        std::unique_ptr<SmtpConnection> connection = take_connection();
        // One that failed ends here: what the server still has to say belongs to no other mail.
        Delivery delivery = connection->send(message, timeout);
        const std::lock_guard lock(mutex);
        idle.push_back(std::move(connection));
        return delivery;
    }

    awaitable<Delivery> send_by(std::chrono::steady_clock::time_point deadline, Mail mail) {
        WireMessage message = build_message(mail, from, SystemClock().now());
        auto job = [this, message = std::move(message), deadline] { return send(message, deadline); };
        co_return co_await offload(pool, std::move(job));
    }
};

SmtpMailer::SmtpMailer(SmtpConfig config) {
    check_smtp_config(config);
    state_ = std::make_unique<State>(std::move(config));
}

SmtpMailer::~SmtpMailer() {
    stop();
}

void SmtpMailer::stop() noexcept {
    state_->is_stopping = true;
}

awaitable<Delivery> SmtpMailer::send(Mail mail) {
    const auto deadline = std::chrono::steady_clock::now() + state_->config.timeout;
    std::vector<Delivery::Refusal> refused;
    try {
        co_return co_await state_->send_by(deadline, mail);
    } catch (const Smtputf8NotOffered& failure) {
        refused = take_out_beyond_ascii(mail, failure);
        if (mail.to.empty()) throw;
    }
    // The others are not to miss it for one address that this server cannot take.
    Delivery delivery = co_await state_->send_by(deadline, std::move(mail));
    std::ranges::move(refused, std::back_inserter(delivery.refused));
    co_return delivery;
}

}  // namespace alma::mail
