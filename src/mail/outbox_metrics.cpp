#include "mail/outbox_metrics.hpp"

#include "base/encoding.hpp"
#include "base/enum_text.hpp"

#include <algorithm>
#include <chrono>

namespace alma::mail {
namespace {

template <class E>
std::string label(E value) {
    return ascii_lower(to_text(value));
}

}  // namespace

OutboxMetrics::OutboxMetrics(prometheus::Registry& registry) {
    auto& attempts = prometheus::BuildCounter()
                         .Name("alma_mail_attempts_total")
                         .Help("Attempts to hand a mail to the mail server")
                         .Register(registry);
    auto& failed =
        prometheus::BuildCounter()
            .Name("alma_mail_failed_total")
            .Help("Mails that were given up: notifications are rows of failed_emails, others are lost")
            .Register(registry);
    for (const MailKind kind :
         {MailKind::confirmation, MailKind::notification, MailKind::invitation, MailKind::password_reset}) {
        for (const AttemptResult result :
             {AttemptResult::sent, AttemptResult::temporary_failure, AttemptResult::permanent_failure}) {
            attempts_[static_cast<std::size_t>(kind)][static_cast<std::size_t>(result)] =
                &attempts.Add({{"kind", label(kind)}, {"result", label(result)}});
        }
        failed_[static_cast<std::size_t>(kind)] = &failed.Add({{"kind", label(kind)}});
    }
    recipients_refused_ = &prometheus::BuildCounter()
                               .Name("alma_mail_recipients_refused_total")
                               .Help("Recipients refused by the mail server of mails it took for others")
                               .Register(registry)
                               .Add({});
    owed_to_nobody_ =
        &prometheus::BuildCounter()
             .Name("alma_mail_owed_to_nobody_total")
             .Help("Notifications dropped because nobody who has not got them is to be notified")
             .Register(registry)
             .Add({});
    depth_ = &prometheus::BuildGauge()
                  .Name("alma_outbox_depth")
                  .Help("Mails that wait to be sent")
                  .Register(registry)
                  .Add({});
    oldest_age_ = &prometheus::BuildGauge()
                       .Name("alma_outbox_oldest_age_seconds")
                       .Help("Age of the mail that has waited longest; 0 when none waits")
                       .Register(registry)
                       .Add({});
}

void OutboxMetrics::show(const OutboxSize& size, Instant now) {
    depth_->Set(static_cast<double>(size.depth));
    const std::chrono::duration<double> age = size.oldest ? now - *size.oldest : Instant::duration(0);
    oldest_age_->Set(std::max(age.count(), 0.0));
}

}  // namespace alma::mail
