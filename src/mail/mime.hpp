/// Builds the bytes of a mail: RFC 5322 message, RFC 2045 parts, RFC 2047 words.
#pragma once

#include "base/time.hpp"
#include "mail/mailer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace alma::mail {

/// What goes to the next hop.
struct WireMessage {
    std::string sender;                         ///< for MAIL FROM, without brackets
    std::vector<std::string> recipients;        ///< for RCPT TO
    std::vector<std::string> names;             ///< the same, as Mail::to has them
    std::vector<Delivery::Refusal> unwritable;  ///< those of Mail::to that cannot be written as an address
    bool needs_smtputf8 = false;                ///< an address has a local part beyond ASCII
    std::string bytes;  ///< lines end with CRLF and have at most 998 bytes; dots are not stuffed
};

/// "a@b.c" or "Firm <a@b.c>", as MAIL_FROM has it.
/// @throws Error{invalid} when it is not exactly one address that can be sent from
Mailbox parse_sender(std::string_view text);

/// Where the mail goes.
enum class Hop {
    /// A header beyond ASCII (RFC 6532) is written only when an address of the envelope is, too: libcurl 7.88
    /// asks for SMTPUTF8 (RFC 6531) for nothing else, and without it such a header is not allowed.
    smtp,
    file,  ///< every header is written as it is
};

/// multipart/alternative of text and HTML, both UTF-8 in quoted-printable. The Message-ID is
/// <message_id@domain of the sender>. A Reply-To that cannot be written is left out: the mail matters more.
/// @throws MailError{permanent} when there is no recipient that can be written as an address
WireMessage build_message(const Mail& mail, const Mailbox& from, Instant date, Hop hop = Hop::smtp);

}  // namespace alma::mail
