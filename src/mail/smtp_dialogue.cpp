#include "mail/smtp_dialogue.hpp"

#include <algorithm>
#include <charconv>

namespace alma::mail {
namespace {

constexpr std::size_t max_text_bytes = 1024;

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The code of a reply line: "250-..." or "250 ..." (RFC 5321 section 4.2); 0 when it is none.
int code_of(std::string_view line) {
    int code = 0;
    if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return 0;
    std::from_chars(line.data(), line.data() + 3, code);
    return code;
}

/// "5.1.1 ", which multi-line replies repeat on each line (RFC 2034 section 4); empty when there is none.
std::string_view enhanced_code_of(std::string_view text) {
    const std::string_view word = text.substr(0, text.find(' '));
    const bool is_code = std::ranges::count(word, '.') == 2 &&
                         std::ranges::all_of(word, [](char c) { return is_digit(c) || c == '.'; });
    return is_code ? text.substr(0, std::min(word.size() + 1, text.size())) : std::string_view();
}

/// 530, 534, 535 and 538 want a login (RFC 4954 section 6): the relay is not set up, the mail is all right.
bool speaks_of_login(int code) {
    return code == 530 || code == 534 || code == 535 || code == 538;
}

}  // namespace

SmtpDialogue::SmtpDialogue(std::vector<std::string> recipients, bool needs_smtputf8)
    : recipients_(std::move(recipients)), needs_smtputf8_(needs_smtputf8) {}

void SmtpDialogue::sent(std::string_view command) {
    static constexpr std::string_view verbs[] = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL",
                                                 "RCPT", "DATA", "QUIT",     "RSET"};
    const std::string_view verb = command.substr(0, command.find_first_of(" \r\n"));
    // What is no verb continues an AUTH; it is a secret, and is not kept.
    if (std::ranges::find(verbs, verb) == std::end(verbs)) return;
    command_ = verb;
    // libcurl asks for SMTPUTF8 when an address needs it and the server offers it.
    if (verb == "MAIL" && needs_smtputf8_) is_smtputf8_refused_ = !command.contains(" SMTPUTF8");
    if (verb == "RCPT") ++recipients_named_;
}

bool SmtpDialogue::received(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    const int code = code_of(line);
    if (code == 0) return true;
    const bool is_last = line.size() == 3 || line[3] != '-';
    add_text(line.substr(std::min<std::size_t>(4, line.size())));
    if (!is_last) return true;
    std::string reply(line.substr(0, 3));
    if (!text_.empty()) reply += ' ' + text_;
    text_.clear();
    return settle(code, std::move(reply));
}

void SmtpDialogue::add_text(std::string_view text) {
    const std::string_view enhanced = enhanced_code_of(text);
    if (!enhanced.empty() && text_.starts_with(enhanced)) text.remove_prefix(enhanced.size());
    if (text.empty() || text_.size() >= max_text_bytes) return;
    if (!text_.empty()) text_ += ' ';
    text_ += text.substr(0, max_text_bytes - text_.size());
}

bool SmtpDialogue::settle(int code, std::string reply) {
    if (command_ == "QUIT") return true;
    if (command_ == "RCPT") {
        settle_recipient(code, std::move(reply));
        return true;
    }
    failure_.reset();
    if (code >= 400) {
        const bool speaks_of_mail = command_ == "MAIL" || command_ == "DATA";
        failure_ = Failure{.text = std::move(reply),
                           .is_permanent = speaks_of_mail && code >= 500 && !speaks_of_login(code)};
    }
    return !(command_ == "MAIL" && is_smtputf8_refused_);
}

void SmtpDialogue::settle_recipient(int code, std::string reply) {
    // One reply each: whatever else a server says while it should wait speaks of nobody.
    if (recipients_answered_ == recipients_named_) return;
    recipients_answered_ = recipients_named_;
    if (code < 400 || recipients_named_ > recipients_.size()) return;
    refused_.push_back({.recipient = recipients_[recipients_named_ - 1],
                        .reply = std::move(reply),
                        .is_permanent = code >= 500 && !speaks_of_login(code)});
}

std::optional<SmtpDialogue::Failure> SmtpDialogue::failure() const {
    if (is_smtputf8_refused_)
        return Failure{
            .text = "An address is not ASCII, and the mail server does not offer SMTPUTF8 (RFC 6531)",
            .is_permanent = true};
    if (failure_) return failure_;
    if (refused_.empty() || refused_.size() < recipients_.size()) return std::nullopt;
    // One that may pass later is reason to try again for all.
    const auto temporary = std::ranges::find_if(
        refused_, [](const Delivery::Refusal& refusal) { return !refusal.is_permanent; });
    const bool is_permanent = temporary == refused_.end();
    return Failure{.text = is_permanent ? refused_.front().reply : temporary->reply,
                   .is_permanent = is_permanent};
}

}  // namespace alma::mail
