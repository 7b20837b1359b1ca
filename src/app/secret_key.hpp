/// The key that signs access tokens, when SECRET_KEY does not give it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace alma::app {

/// The key in `directory`/secret.key; made of 32 random bytes (as hexadecimal digits, mode 0600) when there
/// is no such file. Durable before it is used: a token must not outlive its key in a power cut. The caller
/// owns the directory.
/// @throws Error{invalid} when the file holds fewer than 32 bytes or cannot be read or written
std::string load_or_make_secret_key(const std::filesystem::path& directory);

/// A key of its own for one purpose (HMAC-SHA256 of the purpose, in hexadecimal digits), so that what is
/// published under one key says nothing of another.
std::string derive_key(std::string_view secret_key, std::string_view purpose);

/// What links in mails are derived from (mail::link_token).
inline std::string link_key(std::string_view secret_key) {
    return derive_key(secret_key, "links of accounts");
}

}  // namespace alma::app
