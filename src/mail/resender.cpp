#include "mail/resender.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

#include <exception>

namespace alma::mail {
namespace {

constexpr std::chrono::seconds resend_lease{120};  // longer than a mailer may take

}  // namespace

Resender::Resender(db::Database& db, Mailer& mailer, const Clock& clock, std::string public_base_url)
    : db_(db), mailer_(mailer), clock_(clock), public_base_url_(std::move(public_base_url)) {}

awaitable<std::optional<std::string>> Resender::resend(std::int64_t id) {
    const Instant now = clock_.now();
    const Instant until = now + resend_lease;
    Resend claim = co_await claim_resend(db_, id, now, until);
    Outcome outcome;
    std::exception_ptr failure;
    try {
        outcome = co_await deliver_again(claim);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        co_await give_back(id, until);
        std::rethrow_exception(failure);
    }
    if (outcome.result == Outcome::Result::lead_gone) {
        co_await finish_resend(db_, id, until);
        throw Error(ErrorKind::not_found, std::string(no_such_failed_email));
    }
    if (outcome.result == Outcome::Result::sent && outcome.refused.empty()) {
        co_await finish_resend(db_, id, until);
        co_return std::nullopt;
    }
    if (outcome.result == Outcome::Result::sent) {
        // To some: the row is kept for the others alone.
        outcome.error = words_of(outcome.refused);
        claim.attorney_emails.items = names_of(outcome.refused);
        claim.is_partial = true;
    } else if (!claim.is_partial) {
        claim.attorney_emails.items = outcome.recipients;
    }
    co_await fail_resend(db_, id, until, outcome.error, claim, clock_.now());
    co_return outcome.error;
}

awaitable<Outcome> Resender::deliver_again(const Resend& claim) {
    Order order{.kind = MailKind::notification,
                .message_id = claim.message_id,
                .lead_id = claim.lead_id,
                .owed = std::nullopt};
    if (claim.is_partial) order.owed = claim.attorney_emails;
    co_return co_await deliver(db_, mailer_, std::move(order), public_base_url_, "");
}

/// What broke the resend may break this, too: then the row is free again when its lease ends.
awaitable<void> Resender::give_back(std::int64_t id, Instant until) {
    try {
        co_await give_back_resend(db_, id, until);
    } catch (const std::exception& error) {
        log::warning("mail: a resend that failed stays pending for two minutes",
                     {{"failed_email", id}, {"error", error.what()}});
    }
}

}  // namespace alma::mail
