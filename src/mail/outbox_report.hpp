/// What operators learn of attempts to send a mail: counters, and the log, which holds no addresses.
#pragma once

#include "mail/outbox_delivery.hpp"
#include "mail/outbox_metrics.hpp"

#include <optional>
#include <string>

namespace alma::mail {

/// An attempt whose end is in the tables.
/// @param given_up why the mail, or some of its recipients, will not be tried again; absent when all will
void report(OutboxMetrics& metrics, const ClaimedMail& mail, const Outcome& outcome,
            const std::optional<std::string>& given_up);

/// An attempt whose end found the row no longer leased: the lease had ended, or an earlier try to write the
/// end was cut off by the database and had taken effect after all. It is counted, since the mail server has
/// seen it; what becomes of the mail is for whoever leased it next to say.
void report_without_lease(OutboxMetrics& metrics, const ClaimedMail& mail, const Outcome& outcome);

}  // namespace alma::mail
