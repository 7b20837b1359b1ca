/// Mails as rows: queued with the lead they speak of, sent later, never lost.
#pragma once

#include "base/time.hpp"
#include "base/uuid.hpp"
#include "db/database.hpp"
#include "mail/mailer.hpp"

#include <boost/describe/enum.hpp>
#include <prometheus/registry.h>

#include <chrono>
#include <memory>
#include <vector>

namespace alma::mail {

/// The first two speak of a lead; the others bring a link to a user (mail/account_link.hpp).
enum class MailKind { confirmation, notification, invitation, password_reset };
BOOST_DESCRIBE_ENUM(MailKind, confirmation, notification, invitation, password_reset)

/// For the transaction that inserts the lead: its confirmation and its notification, due at once.
std::vector<db::Statement> enqueue_mails_about(const Uuid& lead, Instant now);

struct OutboxConfig {
    int max_attempts = 3;
    std::chrono::milliseconds retry_base{
        1000};                        ///< before the second attempt; doubles, jittered, at most 60 s
    std::chrono::seconds lease{120};  ///< longer than a mailer may take
    std::chrono::milliseconds poll_interval{1000};  ///< the safety net; a wake-up is the usual way
    std::size_t max_in_flight = 4;
    std::string owner;            ///< this process, in lease_owner; no two live ones have the same
    std::string public_base_url;  ///< for links in mails; may be empty
    std::string firm_name{};      ///< in mails to prospects; may be empty
    std::string link_key{};       ///< of link_token(): the same in all processes
};

/// How long to wait after so many failed attempts (1 or more): the base, doubled for each further one, and 20
/// % more or less of it, so that the mails of an outage do not all come back at once; at most 60 s.
/// @param random 0 to 1
std::chrono::milliseconds retry_delay(std::chrono::milliseconds base, int failed_attempts, double random);

/// Sends what is due, oldest first: each mail until it is sent, refused for good (5xx), or has had its
/// attempts. Then a notification becomes a row of failed_emails, and any other is dropped with a line in
/// the log. A notification that only some of its recipients were refused is not sent to the others again: who
/// was refused for now is tried again alone, who was refused for good gets a row of failed_emails. An attempt
/// that a crash or a shutdown breaks off is not counted, up to 20 times for one mail.
///
/// At least once: a crash between the relay's answer and our commit sends a second copy with the same
/// Message-ID.
///
/// Metrics: alma_outbox_depth, alma_outbox_oldest_age_seconds, alma_mail_attempts_total{kind,result},
/// alma_mail_failed_total{kind}, alma_mail_recipients_refused_total, alma_mail_owed_to_nobody_total.
///
/// Runs on one event loop; wake() may be called from any thread.
class OutboxWorker {
public:
    OutboxWorker(OutboxConfig config, db::Database& db, Mailer& mailer, const Clock& clock,
                 asio::io_context& loop, prometheus::Registry& metrics);
    ~OutboxWorker();

    /// Leases of an earlier process on embedded storage are void at once when `is_only_process`.
    void start(bool is_only_process);
    /// A mail was queued: look now.
    void wake() noexcept;
    /// Takes no more rows, gives what is being sent two seconds to end, then stops the mailer and gives
    /// leases back. Completes within a few seconds. To be called after the HTTP server has stopped, since a
    /// resend needs the mailer too, and while the loop runs.
    awaitable<void> stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace alma::mail
