// The bytes are tried as a token, which must be refused; and as header and payload (split at the first line
// feed) under a right signature, since no search would ever find one and the JSON behind it would stay
// unread.
#include "../support/signed_token.hpp"
#include "auth/token.hpp"

#include <cstdint>
#include <cstdlib>

using namespace std::chrono_literals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static constexpr std::string_view key = "a secret key of at least thirty-two bytes";
    static const alma::auth::TokenSigner signer(key, 30min);
    static const alma::Instant now(1'758'915'747s);

    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (signer.verify(bytes, now)) std::abort();

    const std::size_t line_feed = bytes.find('\n');
    if (line_feed == std::string_view::npos) return 0;
    const std::string token =
        alma::signed_token(bytes.substr(0, line_feed), bytes.substr(line_feed + 1), key);
    const std::optional<alma::auth::VerifiedToken> verified = signer.verify(token, now);
    if (verified && (verified->subject.empty() || verified->end <= now)) std::abort();
    return 0;
}
