/// Follows what libcurl and the server say to each other: libcurl itself keeps only a status code.
#pragma once

#include "mail/mailer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alma::mail {

/// One mail's dialogue (RFC 5321). Pure: fed with lines, asked for the outcome.
class SmtpDialogue {
public:
    /// @param recipients in the order of their RCPT; the names that refused() has for them
    /// @param needs_smtputf8 the mail must not go to a server that does not offer it (RFC 6531 section 3.3)
    SmtpDialogue(std::vector<std::string> recipients, bool needs_smtputf8);

    /// A command that was sent, with its line end.
    void sent(std::string_view command);
    /// A line of the server's.
    /// @return false: break off, before the recipients are named
    bool received(std::string_view line);

    struct Failure {
        std::string
            text;  ///< the server's reply, its lines joined: "550 5.1.1 No such user"; at most 1,028 bytes
        bool is_permanent = false;
    };
    /// The reply that refused the mail; nothing when the server refused nothing, as when it fell silent.
    [[nodiscard]] std::optional<Failure> failure() const;
    /// The mail was broken off since the server does not offer SMTPUTF8.
    [[nodiscard]] bool is_smtputf8_refused() const { return is_smtputf8_refused_; }
    /// Recipients that were refused.
    [[nodiscard]] const std::vector<Delivery::Refusal>& refused() const { return refused_; }
    /// "RCPT"; empty before the first
    [[nodiscard]] const std::string& last_command() const { return command_; }

private:
    /// Of one more line of a reply, without its code.
    void add_text(std::string_view text);
    /// A reply is whole.
    bool settle(int code, std::string reply);
    void settle_recipient(int code, std::string reply);

    std::vector<std::string> recipients_;
    bool needs_smtputf8_;
    bool is_smtputf8_refused_ = false;
    std::string command_;
    std::size_t recipients_named_ = 0;
    std::size_t recipients_answered_ = 0;
    std::string text_;  // of the reply so far, its lines joined
    std::optional<Failure> failure_;
    std::vector<Delivery::Refusal> refused_;
};

}  // namespace alma::mail
