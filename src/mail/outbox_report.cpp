#include "mail/outbox_report.hpp"

#include "base/log.hpp"
#include "mail/reply_text.hpp"

namespace alma::mail {
namespace {

/// Absent when there was nothing to hand over.
std::optional<AttemptResult> attempt_result_of(Outcome::Result result) {
    switch (result) {
        case Outcome::Result::sent:
            return AttemptResult::sent;
        case Outcome::Result::temporary_failure:
            return AttemptResult::temporary_failure;
        case Outcome::Result::permanent_failure:
            return AttemptResult::permanent_failure;
        case Outcome::Result::lead_gone:
        case Outcome::Result::recipients_gone:
            return std::nullopt;
    }
    return std::nullopt;
}

void count_attempt(OutboxMetrics& metrics, const ClaimedMail& mail, const Outcome& outcome) {
    if (const auto result = attempt_result_of(outcome.result))
        metrics.attempts(mail.kind, *result).Increment();
}

/// What the mail is about, by its id.
class Subject {
public:
    explicit Subject(const Outcome& outcome)
        : user_id_(outcome.user_id), lead_(to_text(outcome.prospect.uuid)) {}
    [[nodiscard]] log::Field field() const {
        return user_id_ ? log::Field("user", *user_id_) : log::Field("lead", lead_);
    }

private:
    std::optional<std::int64_t> user_id_;
    std::string lead_;
};

void log_attempt(log::Level level, std::string_view event, const ClaimedMail& mail, const Outcome& outcome) {
    const Subject subject(outcome);
    log::write(level, event, {{"kind", to_text(mail.kind)}, subject.field(), {"attempt", mail.attempts}});
}

void log_attempt(log::Level level, std::string_view event, const ClaimedMail& mail, const Outcome& outcome,
                 std::string_view error) {
    const Subject subject(outcome);
    log::write(level, event,
               {{"kind", to_text(mail.kind)},
                subject.field(),
                {"attempt", mail.attempts},
                {"error", without_addresses(error)}});
}

}  // namespace

void report(OutboxMetrics& metrics, const ClaimedMail& mail, const Outcome& outcome,
            const std::optional<std::string>& given_up) {
    using enum log::Level;
    using enum Outcome::Result;
    count_attempt(metrics, mail, outcome);
    for (const Delivery::Refusal& refusal : outcome.refused) {
        metrics.recipients_refused().Increment();
        log_attempt(warning, "mail: refused for one of its recipients", mail, outcome, refusal.reply);
    }
    if (outcome.result == sent) log_attempt(debug, "mail: sent", mail, outcome);
    if (outcome.result == temporary_failure && !given_up)
        log_attempt(info, "mail: will be tried again", mail, outcome, outcome.error);
    if (outcome.result == recipients_gone) {
        metrics.owed_to_nobody().Increment();
        log_attempt(info, "mail: owed to nobody any more, dropped", mail, outcome);
    }
    if (given_up) {
        metrics.failed(mail.kind).Increment();
        const bool is_kept = mail.kind == MailKind::notification;
        log_attempt(warning, is_kept ? "mail: failed, waits for an admin" : "mail: failed, dropped", mail,
                    outcome, *given_up);
    }
}

void report_without_lease(OutboxMetrics& metrics, const ClaimedMail& mail, const Outcome& outcome) {
    count_attempt(metrics, mail, outcome);
    log_attempt(log::Level::warning, "mail: no longer leased when the attempt ended", mail, outcome,
                outcome.error);
}

}  // namespace alma::mail
