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

enum class MailKind { confirmation, notification };
BOOST_DESCRIBE_ENUM(MailKind, confirmation, notification)

/// For the transaction that inserts the lead: its confirmation and its notification, due at once.
std::vector<db::Statement> enqueue_mails_about(const Uuid& lead, Instant now);

struct OutboxConfig {
    int max_attempts = 3;
    std::chrono::milliseconds retry_base{
        1000};  ///< before the second attempt; doubles, jittered, at most 60 s
    std::chrono::seconds lease{120};
    std::chrono::milliseconds poll_interval{1000};  ///< the safety net; a wake-up is the usual way
    std::size_t max_in_flight = 4;
    std::string owner;            ///< this process, in lease_owner
    std::string public_base_url;  ///< for links in mails; may be empty
};

/// Sends what is due. Runs on one event loop; wake() may be called from any thread.
class OutboxWorker {
public:
    OutboxWorker(OutboxConfig config, db::Database& db, Mailer& mailer, const Clock& clock,
                 asio::io_context& loop, prometheus::Registry& metrics);
    ~OutboxWorker();

    /// Leases of an earlier process on embedded storage are void at once when `is_only_process`.
    void start(bool is_only_process);
    /// A mail was queued: look now.
    void wake() noexcept;
    /// Takes no more rows, ends what is being sent, gives leases back. Completes within a few seconds.
    awaitable<void> stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace alma::mail
