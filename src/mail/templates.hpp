/// The words of the mails that the service sends.
#pragma once

#include "base/uuid.hpp"
#include "mail/mailer.hpp"

#include <boost/describe/class.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace alma::mail {

/// Whom a mail is about. The texts are the prospect's own: data, never markup.
struct Prospect {
    Uuid uuid{};
    std::string first_name;
    std::string last_name;
    std::string email;

    [[nodiscard]] std::string name() const { return first_name + " " + last_name; }
};
BOOST_DESCRIBE_STRUCT(Prospect, (), (uuid, first_name, last_name, email))

/// To the prospect. The name is all that a stranger can put into it, so it is made useless for spam.
/// @param firm_name empty: the firm is not named
Mail confirmation_to(const Prospect& prospect, std::string message_id, std::string_view firm_name);

/// To the attorneys together; a reply goes to the prospect.
/// @param public_base_url without a final slash; empty: no link
Mail notification_about(const Prospect& prospect, std::string message_id, std::vector<std::string> to,
                        std::string_view public_base_url);

/// To somebody whom an admin made an account for. @param link where a password can be chosen
Mail invitation_to(std::string email, std::string message_id, std::string_view link);

/// To the user for whose account somebody asked for a new password, whoever that was.
Mail password_reset_to(std::string email, std::string message_id, std::string_view link);

/// A name for a mail to its bearer, or what claims to be: without words that a mail program would turn into a
/// link
/// ("evil.example", "www…", "…://…", "a@b"), invisible and direction-changing characters; at most 80
/// characters.
std::string harmless_name(std::string_view name);

}  // namespace alma::mail
