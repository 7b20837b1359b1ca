/// What a mail server says, made fit to be kept and shown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace alma::mail {

/// A text from outside as it may be stored and shown: no secrets, valid UTF-8, no control characters (see
/// has_control_character; each becomes a space), at most 500 bytes.
std::string scrub(std::string text, const std::vector<std::string>& secrets);

/// For logs, which hold no addresses: "550 [address]: user unknown".
std::string without_addresses(std::string_view text);

}  // namespace alma::mail
