#include "mail/templates.hpp"

#include "base/encoding.hpp"
#include "base/html.hpp"
#include "base/invisible.hpp"
#include "base/reference.hpp"
#include "mail/address.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace alma::mail {
namespace {

constexpr std::size_t max_greeting_characters = 80;

std::string without_invisible(std::string_view text) {
    return replace_invisible(to_valid_utf8(text), "");
}

constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

/// Mail programs link bare domains too: a dot between a letter or digit and two letters ("a.b" and "J.R."
/// pass).
bool could_become_link(std::string_view word) {
    if (word.contains("://") || word.contains('@') || word.contains('/')) return true;
    if (ascii_lower(word).contains("www.")) return true;
    for (std::size_t dot = word.find('.'); dot != std::string_view::npos; dot = word.find('.', dot + 1)) {
        const bool is_after_word =
            dot > 0 && (is_letter(word[dot - 1]) || (word[dot - 1] >= '0' && word[dot - 1] <= '9'));
        if (is_after_word && dot + 2 < word.size() && is_letter(word[dot + 1]) && is_letter(word[dot + 2]))
            return true;
    }
    return false;
}

/// At most `characters` code points of valid UTF-8.
std::string_view first_characters(std::string_view text, std::size_t characters) {
    std::size_t end = 0;
    for (; end < text.size(); ++end) {
        const bool begins_character = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
        if (begins_character && characters-- == 0) break;
    }
    return text.substr(0, end);
}

/// As the form's page of thanks shows it, and in full.
std::string reference(const Uuid& lead) {
    return fmt::format("{} ({})", reference_of(lead), to_text(lead));
}

std::string page(std::string_view content) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\"><body style=\"font-family:sans-serif;line-height:1.5\">\n"
        "{}</body></html>\n",
        content);
}

/// A mail that is nothing but its link, and what to know of it.
Mail mail_with_link(std::string email, std::string message_id, std::string_view subject,
                    std::string_view what, std::string_view link, std::string_view notice) {
    Mail mail{.message_id = std::move(message_id),
              .to = {std::move(email)},
              .reply_to = std::nullopt,
              .subject = std::string(subject),
              .text = {},
              .html = {}};
    mail.text = fmt::format("Hello,\n\n{}\n\n{}\n\n{}\n", what, link, notice);
    mail.html = page(
        fmt::format("<p>Hello,</p>\n<p>{0}</p>\n<p><a href=\"{1}\">{1}</a></p>\n<p><small>{2}</small></p>\n",
                    escape_html(what), escape_html(link), escape_html(notice)));
    return mail;
}

}  // namespace

std::string harmless_name(std::string_view name) {
    const std::string visible = without_invisible(name);
    std::string harmless;
    std::string_view rest = visible;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        const std::string_view word = rest.substr(0, end);
        if (!word.empty() && !could_become_link(word)) {
            if (!harmless.empty()) harmless += ' ';
            harmless += word;
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    harmless = first_characters(harmless, max_greeting_characters);
    while (harmless.ends_with(' '))
        harmless.pop_back();
    return harmless;
}

Mail confirmation_to(const Prospect& prospect, std::string message_id, std::string_view firm_name) {
    const std::string name = harmless_name(prospect.name());
    const std::string greeting = name.empty() ? "Hello," : "Dear " + name + ",";
    Mail mail{.message_id = std::move(message_id),
              .to = {prospect.email},
              .reply_to = std::nullopt,
              .subject = "Thank you for your application",
              .text = {},
              .html = {}};
    const std::string received = fmt::format(
        "Thank you for your application{}{}. We have received it together with your resume, "
        "and an attorney will review it and get in touch with you.",
        firm_name.empty() ? "" : " to ", firm_name);
    static constexpr std::string_view notice =
        "This message was sent automatically. It does not create an attorney-client relationship.";
    mail.text = fmt::format("{}\n\n{}\n\nYour reference: {}\n\n{}\n", greeting, received,
                            reference(prospect.uuid), notice);
    mail.html =
        page(fmt::format("<p>{}</p>\n<p>{}</p>\n<p>Your reference: {}</p>\n<p><small>{}</small></p>\n",
                         escape_html(greeting), escape_html(received), reference(prospect.uuid), notice));
    return mail;
}

Mail notification_about(const Prospect& prospect, std::string message_id, std::vector<std::string> to,
                        std::string_view public_base_url) {
    const std::string name = without_invisible(prospect.name());
    Mail mail{.message_id = std::move(message_id),
              .to = std::move(to),
              .reply_to = Mailbox{.name = name, .address = prospect.email},
              .subject = "New Lead Submission",
              .text = {},
              .html = {}};
    const std::string link =
        public_base_url.empty() ? ""
                                : fmt::format("{}/inbox/#/leads/{}", public_base_url, to_text(prospect.uuid));
    mail.text = fmt::format("A new lead was submitted.\n\nName: {}\nE-mail: {}\nReference: {}\n", name,
                            prospect.email, reference(prospect.uuid));
    if (!link.empty()) mail.text += fmt::format("Lead: {}\n", link);
    const std::optional<WireAddress> address = to_wire(prospect.email);
    const std::string_view how_to_answer = address && address->is_ascii
                                               ? "Reply to this message to write to the prospect."
                                               : "To answer the prospect, write to the address above.";
    mail.text += fmt::format("\n{}\n", how_to_answer);

    std::string rows =
        fmt::format("<p>A new lead was submitted.</p>\n<p>Name: {}<br>\nE-mail: {}<br>\nReference: {}",
                    escape_html(name), escape_html(prospect.email), reference(prospect.uuid));
    if (!link.empty()) rows += fmt::format("<br>\nLead: <a href=\"{0}\">{0}</a>", escape_html(link));
    rows += fmt::format("</p>\n<p>{}</p>\n", how_to_answer);
    mail.html = page(rows);
    return mail;
}

Mail invitation_to(std::string email, std::string message_id, std::string_view link) {
    const std::string what =
        fmt::format("An account was made for you, {}. To use it, choose your password here:", email);
    return mail_with_link(
        std::move(email), std::move(message_id), "Your account for the leads inbox", what, link,
        "The link works once, within 7 days. If you did not expect this message, ignore it.");
}

Mail password_reset_to(std::string email, std::string message_id, std::string_view link) {
    const std::string what = fmt::format(
        "Somebody asked for a new password for your account, {}. If that was you, choose it here:", email);
    return mail_with_link(
        std::move(email), std::move(message_id), "A new password for the leads inbox", what, link,
        "The link works once, within one hour. If it was not you, ignore this message: your "
        "password stays as it is.");
}

}  // namespace alma::mail
