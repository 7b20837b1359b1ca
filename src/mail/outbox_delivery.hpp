/// One attempt to send one mail of the outbox.
#pragma once

#include "db/database.hpp"
#include "mail/outbox_store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace alma::mail {

struct Outcome {
    enum class Result { sent, temporary_failure, permanent_failure };
    Result result = Result::sent;
    std::string error;  ///< the mail server's words
    Prospect prospect;
    std::vector<std::string> recipients;
    std::vector<Delivery::Refusal> refused;
    bool is_about_nobody = false;  ///< the lead is gone, and the mail with it: nothing was sent
};

/// Makes the mail from the rows it speaks of, as they are now, and sends it.
/// @throws only what the database throws
awaitable<Outcome> deliver(db::Database& db, Mailer& mailer, MailKind kind, std::string message_id,
                           std::int64_t lead_id, std::string public_base_url);

/// For logs, which hold no addresses: "550 [address]: user unknown".
std::string without_addresses(std::string_view text);

}  // namespace alma::mail
