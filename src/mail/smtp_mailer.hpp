/// Mails to an SMTP server, through libcurl.
#pragma once

#include "mail/mailer.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace alma::mail {

struct SmtpConfig {
    std::string server;
    std::uint16_t port = 587;
    std::string username;  ///< empty: no AUTH
    std::string password;
    std::string from;                  ///< an address, or "Firm <address>"
    bool starttls = true;              ///< required when set, never opportunistic
    bool ssl_tls = false;              ///< TLS from the first byte (port 465); wins over starttls
    std::filesystem::path ca_file;     ///< trusted besides the system's
    std::chrono::seconds timeout{30};  ///< for a whole message
    std::size_t connections = 4;  ///< threads, each with its own connection that is kept for the next mail
};

/// A recipient that the server refuses does not keep the mail from the others. A 5xx reply to the mail itself
/// is permanent; one to the connection or the login is not, since it speaks of the relay and of every mail.
class SmtpMailer final : public Mailer {
public:
    /// @throws Error{invalid} when the server's name, `from` or `ca_file` cannot be used
    explicit SmtpMailer(SmtpConfig config);
    ~SmtpMailer() override;  ///< breaks off what is being sent
    awaitable<Delivery> send(Mail mail) override;
    void stop() noexcept override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace alma::mail
