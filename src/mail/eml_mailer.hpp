/// Mails as .eml files in a directory: the embedded default, and the way to look at mails while developing.
#pragma once

#include "mail/mailer.hpp"

#include <filesystem>

namespace alma::mail {

/// Writes NAME.eml (RFC 5322, as SmtpMailer would send it; mode 0600), where NAME is made of the message id:
/// a mail that is sent again after a crash replaces itself. Durable on return.
class EmlMailer final : public Mailer {
public:
    /// Makes the directory, and removes what a killed process left unfinished there: no other one may write
    /// to it. @param from as SmtpConfig::from
    EmlMailer(std::filesystem::path directory, std::string from, WorkerPool& files);
    awaitable<Delivery> send(Mail mail) override;

private:
    std::filesystem::path directory_;
    Mailbox from_;
    WorkerPool& files_;
};

}  // namespace alma::mail
