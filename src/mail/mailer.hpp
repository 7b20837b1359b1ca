/// The seam to where mails go.
#pragma once

#include "base/async.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace alma::mail {

/// Name <address>
struct Mailbox {
    std::string name;  ///< may be empty
    std::string address;
};

/// One message, before its encoding. All texts are UTF-8; addresses and headers hold no control characters
/// (the mailer refuses them again, since libcurl 7.88 would send them on as SMTP commands).
struct Mail {
    std::string message_id;       ///< left of the '@'; the same at every attempt
    std::vector<std::string> to;  ///< bare addresses
    std::optional<Mailbox> reply_to;
    std::string subject;
    std::string text;  ///< lines end with LF; the mailer sends CRLF
    std::string html;
};

/// A mail that did not go out, in the words of the mail server: "550 5.1.1 No such user".
class MailError : public std::runtime_error {
public:
    MailError(const std::string& text, bool is_permanent)
        : std::runtime_error(text), is_permanent_(is_permanent) {}
    /// The server said that trying again is useless (5xx).
    [[nodiscard]] bool is_permanent() const noexcept { return is_permanent_; }

private:
    bool is_permanent_;
};

/// What the next hop took over.
struct Delivery {
    /// A recipient that it refused while it took the mail for the others, and its words.
    struct Refusal {
        std::string recipient;  ///< as in Mail::to
        std::string reply;
        bool is_permanent = false;  ///< trying again is useless
    };
    std::vector<Refusal> refused;
};

/// May be used from every event loop at once.
class Mailer {
public:
    virtual ~Mailer() = default;
    /// Hands the mail to the next hop; on return that hop is responsible for it (RFC 5321 section 4.2.5), for
    /// at least one recipient. Takes at most 30 seconds.
    /// @throws MailError
    virtual awaitable<Delivery> send(Mail mail) = 0;
    /// For shutdown, from any thread: breaks off what is being sent, and refuses what is sent from now on,
    /// with a temporary MailError.
    virtual void stop() noexcept {}
};

}  // namespace alma::mail
