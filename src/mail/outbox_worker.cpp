#include "base/log.hpp"
#include "mail/account_link.hpp"
#include "mail/outbox.hpp"
#include "mail/outbox_delivery.hpp"
#include "mail/outbox_metrics.hpp"
#include "mail/outbox_report.hpp"
#include "mail/outbox_store.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <atomic>
#include <random>

namespace alma::mail {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds max_retry_delay{60'000};
/// A mail that brings its process down (or that is always hit by it) is given up after so many times. High,
/// since a mail is far more often a victim than a culprit.
constexpr int max_interruptions = 20;
constexpr seconds stop_grace{2};     // for a mail that is being sent, before it is broken off
constexpr seconds stop_patience{3};  // for what was broken off
constexpr int max_settle_attempts = 5;

awaitable<void> wait(asio::steady_timer& timer) {
    boost::system::error_code is_cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, is_cancelled));
}

}  // namespace

milliseconds retry_delay(milliseconds base, int failed_attempts, double random) {
    const int doublings = std::clamp(failed_attempts - 1, 0, 16);
    const milliseconds delay = std::min(base * (1 << doublings), max_retry_delay);
    const double jittered = static_cast<double>(delay.count()) * (0.8 + 0.4 * random);
    return std::min(milliseconds(static_cast<milliseconds::rep>(jittered)), max_retry_delay);
}

/// Touched on the loop alone, but for the atomics.
struct OutboxWorker::State {
    const OutboxConfig config;
    db::Database& db;
    Mailer& mailer;
    const Clock& clock;
    asio::io_context& loop;
    OutboxMetrics metrics;
    asio::steady_timer alarm;      // ends the pause between two looks at the table
    asio::steady_timer measuring;  // ends the pause between two looks at how much waits
    asio::steady_timer at_rest;    // ends the wait of stop()
    std::atomic<bool> is_wake_posted = false;
    bool is_woken = false;
    std::atomic<bool> is_stopping = false;
    bool is_running = false;
    std::size_t in_flight = 0;
    std::uint64_t leases = 0;
    bool is_database_down = false;
    std::minstd_rand random{std::random_device()()};

    State(OutboxConfig outbox, db::Database& database, Mailer& smtp, const Clock& now,
          asio::io_context& context, prometheus::Registry& registry)
        : config(std::move(outbox)),
          db(database),
          mailer(smtp),
          clock(now),
          loop(context),
          metrics(registry),
          alarm(context),
          measuring(context),
          at_rest(context) {}

    [[nodiscard]] bool is_at_rest() const { return !is_running && in_flight == 0; }

    void look_again() {
        is_woken = true;
        alarm.cancel();
        at_rest.cancel();
    }

    /// How a claim ended.
    struct End {
        bool is_held = false;                 ///< to the end; else the row is as it was
        std::optional<std::string> given_up;  ///< see report()
    };

    // Coroutines take the state by shared pointer: they may outlive the worker by the length of a mail.
    static awaitable<void> work(std::shared_ptr<State> self, std::optional<Instant> old_leases);
    static awaitable<void> process(std::shared_ptr<State> self, ClaimedMail mail, std::string lease);
    static awaitable<void> measure(std::shared_ptr<State> self);
    static awaitable<void> stop(std::shared_ptr<State> self);

    awaitable<milliseconds> claim_what_is_due(const std::shared_ptr<State>& self);
    awaitable<void> attempt(const ClaimedMail& mail, const std::string& lease);
    awaitable<Outcome> send(const ClaimedMail& mail);
    awaitable<Outcome> give_up(const ClaimedMail& mail);
    awaitable<void> settle(const ClaimedMail& mail, const std::string& lease, const Outcome& outcome);
    awaitable<End> finish(const ClaimedMail& mail, const std::string& lease, const Outcome& outcome);
    awaitable<End> finish_for_the_others(const ClaimedMail& mail, const std::string& lease,
                                         const Outcome& outcome);
    Instant next_attempt(const ClaimedMail& mail, Instant now);
    void complain(std::string_view error);
};

/// @param old_leases those taken before are void; absent when they may belong to another process
awaitable<void> OutboxWorker::State::work(std::shared_ptr<State> self, std::optional<Instant> old_leases) {
    while (!self->is_stopping) {
        self->is_woken = false;
        milliseconds pause = self->config.poll_interval;
        try {
            if (old_leases) co_await void_leases(self->db, *old_leases);
            old_leases.reset();
            pause = co_await self->claim_what_is_due(self);
            self->is_database_down = false;
        } catch (const std::exception& error) {
            self->complain(error.what());
        }
        if (self->is_woken || self->is_stopping || pause <= milliseconds(0)) continue;
        self->alarm.expires_after(pause);
        co_await wait(self->alarm);
    }
    self->is_running = false;
    self->at_rest.cancel();
}

/// @return how long nothing will be due
awaitable<milliseconds> OutboxWorker::State::claim_what_is_due(const std::shared_ptr<State>& self) {
    if (in_flight >= config.max_in_flight) co_return config.poll_interval;  // the end of one wakes us
    const Instant now = clock.now();
    const std::optional<Instant> due = co_await next_due(db, now);
    if (!due) co_return config.poll_interval;
    if (*due > now) co_return std::min(config.poll_interval, std::chrono::ceil<milliseconds>(*due - now));

    const std::string lease = fmt::format("{}#{}", config.owner, ++leases);
    const std::vector<ClaimedMail> claimed =
        co_await claim_due(db, lease, now, now + config.lease, config.max_in_flight - in_flight);
    for (const ClaimedMail& mail : claimed) {
        ++in_flight;
        asio::co_spawn(loop, process(self, mail, lease), [self](std::exception_ptr) {
            --self->in_flight;
            self->look_again();
        });
    }
    co_return claimed.empty() ? config.poll_interval : milliseconds(0);
}

/// On its own: behind the searches of others it may take long or be refused, which is no matter of the mails
/// and of stop(). Uses nothing of the outside once the worker is stopping: it may outlive that.
awaitable<void> OutboxWorker::State::measure(std::shared_ptr<State> self) {
    bool is_refused = false;
    while (true) {
        try {
            const OutboxSize size = co_await outbox_size(self->db);
            if (self->is_stopping) co_return;
            self->metrics.show(size, self->clock.now());
            is_refused = false;
        } catch (const std::exception& error) {
            if (self->is_stopping) co_return;
            if (!is_refused) log::warning("mail: the outbox cannot be measured", {{"error", error.what()}});
            is_refused = true;  // once for as long as it lasts
        }
        self->measuring.expires_after(self->config.poll_interval);
        co_await wait(self->measuring);
        if (self->is_stopping) co_return;
    }
}

awaitable<void> OutboxWorker::State::process(std::shared_ptr<State> self, ClaimedMail mail,
                                             std::string lease) {
    try {
        if (self->is_stopping) {
            co_await give_back(self->db, mail.id, lease);
        } else {
            co_await self->attempt(mail, lease);
        }
    } catch (const std::exception& error) {
        // The row stays leased, and is due again when the lease ends.
        self->complain(error.what());
    }
}

awaitable<void> OutboxWorker::State::attempt(const ClaimedMail& mail, const std::string& lease) {
    const bool is_hopeless = mail.interruptions > max_interruptions;
    const Outcome outcome = is_hopeless ? co_await give_up(mail) : co_await send(mail);
    // What has been sent must not be sent again because the database was away for a moment.
    for (int attempts = 1;; ++attempts) {
        try {
            co_await settle(mail, lease, outcome);
            co_return;
        } catch (const std::exception& failure) {
            if (attempts == max_settle_attempts || is_stopping) throw;
            complain(failure.what());
        }
        asio::steady_timer pause(loop, seconds(1));
        co_await wait(pause);
    }
}

awaitable<Outcome> OutboxWorker::State::send(const ClaimedMail& mail) {
    if (mail.link) {
        LinkSettings settings{.public_base_url = config.public_base_url, .key = config.link_key};
        co_return co_await deliver_link(db, mailer, mail.message_id, *mail.link, std::move(settings),
                                        clock.now());
    }
    Order order{
        .kind = mail.kind, .message_id = mail.message_id, .lead_id = mail.lead_id.value(), .owed = mail.owed};
    co_return co_await deliver(db, mailer, std::move(order), config.public_base_url, config.firm_name);
}

awaitable<Outcome> OutboxWorker::State::give_up(const ClaimedMail& mail) {
    Outcome outcome;
    outcome.result = Outcome::Result::permanent_failure;
    outcome.error =
        fmt::format("The service was interrupted {} times while it sent this mail", mail.interruptions);
    if (mail.link) co_return outcome;
    std::optional<Prospect> prospect = co_await find_prospect(db, mail.lead_id.value());
    if (prospect) {
        outcome.prospect = std::move(*prospect);
        outcome.recipients = co_await recipients_of(db, mail.kind, outcome.prospect, mail.owed);
        // A failed mail without anybody to resend it to could never be settled.
        if (mail.owed && outcome.recipients.empty()) outcome.result = Outcome::Result::recipients_gone;
    } else {
        outcome.result = Outcome::Result::lead_gone;
    }
    co_return outcome;
}

awaitable<void> OutboxWorker::State::settle(const ClaimedMail& mail, const std::string& lease,
                                            const Outcome& outcome) {
    if (outcome.result == Outcome::Result::temporary_failure && is_stopping) {
        co_await give_back(db, mail.id, lease);
        co_return;
    }
    const End end = co_await finish(mail, lease, outcome);
    if (outcome.result == Outcome::Result::lead_gone) co_return;  // and nobody asks for its mails
    if (end.is_held) {
        report(metrics, mail, outcome, end.given_up);
    } else {
        report_without_lease(metrics, mail, outcome);
    }
}

awaitable<OutboxWorker::State::End> OutboxWorker::State::finish(const ClaimedMail& mail,
                                                                const std::string& lease,
                                                                const Outcome& outcome) {
    using enum Outcome::Result;
    End end;
    const Instant now = clock.now();
    if (outcome.result == sent && !outcome.refused.empty()) {
        end = co_await finish_for_the_others(mail, lease, outcome);
    } else if (outcome.result == sent || outcome.result == lead_gone || outcome.result == recipients_gone) {
        end.is_held = co_await finish_sent(db, mail.id, lease);
    } else if (outcome.result == temporary_failure && mail.attempts < config.max_attempts) {
        end.is_held = co_await finish_for_retry(db, mail.id, lease, next_attempt(mail, now), outcome.error);
    } else {
        end.given_up = outcome.error;
        end.is_held =
            co_await finish_failed(db, mail, lease, outcome.prospect, outcome.recipients, outcome.error, now);
    }
    co_return end;
}

awaitable<OutboxWorker::State::End> OutboxWorker::State::finish_for_the_others(const ClaimedMail& mail,
                                                                               const std::string& lease,
                                                                               const Outcome& outcome) {
    std::vector<Delivery::Refusal> later;
    std::vector<Delivery::Refusal> given_up;
    const bool is_last = mail.attempts >= config.max_attempts;
    for (const Delivery::Refusal& refusal : outcome.refused)
        (refusal.is_permanent || is_last ? given_up : later).push_back(refusal);
    End end;
    if (!given_up.empty()) end.given_up = words_of(given_up);
    const Instant now = clock.now();
    Remainder remainder{.owed = names_of(later),
                        .error = words_of(later),
                        .next = next_attempt(mail, now),
                        .given_up = names_of(given_up),
                        .given_up_error = end.given_up.value_or("")};
    end.is_held = co_await finish_partly(db, mail, lease, outcome.prospect, std::move(remainder), now);
    co_return end;
}

Instant OutboxWorker::State::next_attempt(const ClaimedMail& mail, Instant now) {
    const double chance = std::generate_canonical<double, 32>(random);
    return now + retry_delay(config.retry_base, mail.attempts, chance);
}

void OutboxWorker::State::complain(std::string_view error) {
    if (!is_database_down) log::error("mail: the outbox cannot be read or written", {{"error", error}});
    is_database_down = true;  // once for an outage, not once a second
}

awaitable<void> OutboxWorker::State::stop(std::shared_ptr<State> self) {
    self->is_stopping = true;
    self->measuring.cancel();
    self->look_again();
    for (const seconds patience : {stop_grace, stop_patience}) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!self->is_at_rest() && std::chrono::steady_clock::now() < end) {
            self->at_rest.expires_at(end);
            co_await wait(self->at_rest);
        }
        // At rest the worker may be, but a resend may not.
        self->mailer.stop();
        if (self->is_at_rest()) co_return;
    }
    log::warning("mail: still sending while stopping", {{"mails", self->in_flight}});
}

OutboxWorker::OutboxWorker(OutboxConfig config, db::Database& db, Mailer& mailer, const Clock& clock,
                           asio::io_context& loop, prometheus::Registry& metrics)
    : state_(std::make_shared<State>(std::move(config), db, mailer, clock, loop, metrics)) {}

OutboxWorker::~OutboxWorker() {
    state_->is_stopping = true;
}

void OutboxWorker::start(bool is_only_process) {
    state_->is_running = true;
    std::optional<Instant> old_leases;
    if (is_only_process) old_leases = state_->clock.now();
    asio::co_spawn(state_->loop, State::work(state_, old_leases), [](std::exception_ptr) {});
    asio::co_spawn(state_->loop, State::measure(state_), [](std::exception_ptr) {});
}

void OutboxWorker::wake() noexcept {
    if (state_->is_wake_posted.exchange(true)) return;  // one is enough for a thousand mails
    try {
        asio::post(state_->loop, [state = std::weak_ptr<State>(state_)] {
            const std::shared_ptr<State> self = state.lock();
            if (!self) return;
            self->is_wake_posted = false;
            self->look_again();
        });
    } catch (const std::exception&) {
        state_->is_wake_posted = false;  // no memory now; polling finds the mail
    }
}

awaitable<void> OutboxWorker::stop() {
    auto stopping = State::stop(state_);
    co_await asio::co_spawn(state_->loop, std::move(stopping), asio::use_awaitable);
}

}  // namespace alma::mail
