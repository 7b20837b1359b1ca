#include "mail/outbox_delivery.hpp"

#include "mail/reply_text.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>

namespace alma::mail {

awaitable<void> send_in(Mailer& mailer, Mail mail, Outcome& outcome) {
    using enum Outcome::Result;
    try {
        Delivery delivery = co_await mailer.send(std::move(mail));
        outcome.refused = std::move(delivery.refused);
    } catch (const MailError& error) {
        outcome.result = error.is_permanent() ? permanent_failure : temporary_failure;
        outcome.error = error.what();
    } catch (const boost::system::system_error&) {
        throw;                               // the wait was cancelled: nobody knows what became of the mail
    } catch (const std::exception& error) {  // all connections are busy, or the mailer is broken
        outcome.result = temporary_failure;
        outcome.error = error.what();
    }
}

awaitable<std::vector<std::string>> recipients_of(db::Database& db, MailKind kind, const Prospect& prospect,
                                                  std::optional<AddressList> owed) {
    std::vector<std::string> recipients;
    if (kind == MailKind::confirmation) {
        recipients.push_back(prospect.email);
    } else {
        recipients = co_await find_notified(db);
    }
    if (owed)
        std::erase_if(recipients, [&](const std::string& address) {
            return std::ranges::find(owed->items, address) == owed->items.end();
        });
    co_return recipients;
}

awaitable<Outcome> deliver(db::Database& db, Mailer& mailer, Order order, std::string public_base_url,
                           std::string firm_name) {
    using enum Outcome::Result;
    Outcome outcome;
    std::optional<Prospect> prospect = co_await find_prospect(db, order.lead_id);
    if (!prospect) {
        outcome.result = lead_gone;
        co_return outcome;
    }
    outcome.prospect = std::move(*prospect);
    outcome.recipients = co_await recipients_of(db, order.kind, outcome.prospect, order.owed);
    if (outcome.recipients.empty()) {
        outcome.result = order.owed ? recipients_gone : permanent_failure;
        outcome.error = order.owed ? owed_to_nobody : nobody_to_notify;
        co_return outcome;
    }
    Mail mail = order.kind == MailKind::confirmation
                    ? confirmation_to(outcome.prospect, std::move(order.message_id), firm_name)
                    : notification_about(outcome.prospect, std::move(order.message_id), outcome.recipients,
                                         public_base_url);
    co_await send_in(mailer, std::move(mail), outcome);
    co_return outcome;
}

std::vector<std::string> names_of(const std::vector<Delivery::Refusal>& refusals) {
    std::vector<std::string> names;
    names.reserve(refusals.size());
    for (const Delivery::Refusal& refusal : refusals)
        names.push_back(refusal.recipient);
    return names;
}

std::string words_of(const std::vector<Delivery::Refusal>& refusals) {
    std::vector<std::string_view> replies;
    std::string words;
    for (const Delivery::Refusal& refusal : refusals) {
        if (std::ranges::find(replies, refusal.reply) != replies.end()) continue;
        replies.emplace_back(refusal.reply);
        if (!words.empty()) words += "; ";
        words += refusal.reply;
    }
    return scrub(std::move(words), {});
}

}  // namespace alma::mail
