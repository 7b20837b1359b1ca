/// One attempt to send one mail of the outbox.
#pragma once

#include "db/database.hpp"
#include "mail/outbox_store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alma::mail {

/// What is to be sent: as the tables know it.
struct Order {
    MailKind kind = MailKind::confirmation;
    std::string message_id;
    std::int64_t lead_id = 0;
    std::optional<AddressList> owed;  ///< see ClaimedMail::owed
};

struct Outcome {
    enum class Result {
        sent,  ///< to all but those in `refused`
        temporary_failure,
        permanent_failure,
        lead_gone,        ///< or the link, and the mail with it: nothing was sent
        recipients_gone,  ///< nobody whom it was owed to is to get it any more: nothing was sent
    };
    Result result = Result::sent;
    std::string error;                      ///< the mail server's words
    Prospect prospect;                      ///< of a mail that speaks of one
    std::optional<std::int64_t> user_id{};  ///< of a mail that brings a link
    std::vector<std::string> recipients;
    std::vector<Delivery::Refusal> refused;
};

/// Makes the mail from the rows it speaks of, as they are now, and sends it.
/// @param firm_name for mails to prospects; empty: the firm is not named
/// @throws only what the database throws
awaitable<Outcome> deliver(db::Database& db, Mailer& mailer, Order order, std::string public_base_url,
                           std::string firm_name);

/// Sends one mail, and says in `outcome` what came of it. @throws only what ends the coroutine itself
awaitable<void> send_in(Mailer& mailer, Mail mail, Outcome& outcome);

/// Who is to get the mail now: of those it is owed to, who is still to be notified.
awaitable<std::vector<std::string>> recipients_of(db::Database& db, MailKind kind, const Prospect& prospect,
                                                  std::optional<AddressList> owed);

std::vector<std::string> names_of(const std::vector<Delivery::Refusal>& refusals);
/// What the mail server said of them, each different reply once; at most 500 bytes.
std::string words_of(const std::vector<Delivery::Refusal>& refusals);

}  // namespace alma::mail
