/// Mails as .eml files in a directory: the embedded default, and the way to look at mails while developing.
#pragma once

#include "mail/mailer.hpp"

#include <filesystem>

namespace alma::mail {

/// Writes NAME.eml (RFC 5322, as SmtpMailer would send it), where NAME is made of the message id: a mail that
/// is sent again after a crash replaces itself. Durable on return.
class EmlMailer final : public Mailer {
public:
    EmlMailer(std::filesystem::path directory, std::string from, WorkerPool& files);
    awaitable<void> send(Mail mail) override;

private:
    std::filesystem::path directory_;
    std::string from_;
    WorkerPool& files_;
};

}  // namespace alma::mail
