/// One connection to the SMTP server, kept for the next mail.
#pragma once

#include "mail/mime.hpp"
#include "mail/smtp_mailer.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace alma::mail {

/// Throws Error{invalid} for what can be seen to be wrong before the first mail.
void check_smtp_config(const SmtpConfig& config);

/// The server does not offer what an address beyond ASCII needs (RFC 6531): without those addresses the mail
/// may go.
class Smtputf8NotOffered : public MailError {
public:
    explicit Smtputf8NotOffered(const std::string& text) : MailError(text, true) {}
};

/// Blocks: runs on a worker thread, one mail at a time.
class SmtpConnection {
public:
    /// @param is_stopping breaks off a transfer within a second when it becomes true; both outlive the
    /// connection
    SmtpConnection(const SmtpConfig& config, const std::atomic<bool>& is_stopping);
    ~SmtpConnection();
    SmtpConnection(const SmtpConnection&) = delete;
    SmtpConnection& operator=(const SmtpConnection&) = delete;

    /// After it threw, the connection is of no more use.
    /// @throws MailError, also when `timeout` has passed; what is no matter of the relay's (no memory) as it
    /// is
    Delivery send(const WireMessage& message, std::chrono::milliseconds timeout);

private:
    struct Curl;
    std::unique_ptr<Curl> curl_;
};

/// The texts that must not be shown: the password as it is and as AUTH sends it.
std::vector<std::string> secrets_of(const SmtpConfig& config);

}  // namespace alma::mail
