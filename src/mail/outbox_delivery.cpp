#include "mail/outbox_delivery.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

namespace alma::mail {
namespace {

awaitable<Mail> compose(db::Database& db, MailKind kind, std::string message_id, const Prospect& prospect,
                        std::string public_base_url) {
    if (kind == MailKind::confirmation) co_return confirmation_to(prospect, std::move(message_id));
    std::vector<std::string> recipients = co_await find_notified(db);
    if (recipients.empty()) throw MailError(std::string(nobody_to_notify), true);
    co_return notification_about(prospect, std::move(message_id), std::move(recipients), public_base_url);
}

}  // namespace

awaitable<Outcome> deliver(db::Database& db, Mailer& mailer, MailKind kind, std::string message_id,
                           std::int64_t lead_id, std::string public_base_url) {
    Outcome outcome;
    std::optional<Prospect> prospect = co_await find_prospect(db, lead_id);
    if (!prospect) {
        outcome.is_about_nobody = true;
        co_return outcome;
    }
    outcome.prospect = std::move(*prospect);
    try {
        Mail mail =
            co_await compose(db, kind, std::move(message_id), outcome.prospect, std::move(public_base_url));
        outcome.recipients = mail.to;
        Delivery delivery = co_await mailer.send(std::move(mail));
        outcome.refused = std::move(delivery.refused);
    } catch (const MailError& error) {
        outcome.result =
            error.is_permanent() ? Outcome::Result::permanent_failure : Outcome::Result::temporary_failure;
        outcome.error = error.what();
    } catch (const Error& error) {  // all connections are busy
        outcome.result = Outcome::Result::temporary_failure;
        outcome.error = error.detail();
    }
    co_return outcome;
}

std::string without_addresses(std::string_view text) {
    std::string cleaned;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        cleaned += word.contains('@') ? std::string_view("[address]") : word;
        if (end < text.size()) cleaned += ' ';
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return cleaned;
}

}  // namespace alma::mail
