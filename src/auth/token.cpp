#include "auth/token.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cstdint>

namespace alma::auth {
namespace {

namespace json = boost::json;

constexpr std::size_t min_key_bytes = 32;
constexpr std::size_t max_token_bytes = 4096;
/// The last second that Instant's text form can express.
constexpr std::int64_t max_seconds = 253'402'300'799;

/// {"alg":"HS256","typ":"JWT"}
constexpr std::string_view our_header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

struct Claims {
    std::string_view sub;
    std::int64_t exp;
    std::int64_t iat;
};
BOOST_DESCRIBE_STRUCT(Claims, (), (sub, exp, iat))

/// A part of a token, read as one JSON object in memory on the stack.
class Part {
public:
    explicit Part(std::string_view base64url) {
        const std::optional<std::string> text = from_base64url(base64url);
        if (!text) return;
        json::parse_options options;
        options.max_depth = 4;
        json::error_code error;
        json::value parsed = json::parse(*text, error, &memory_, options);
        if (!error && parsed.is_object()) value_ = std::move(parsed);
    }
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;

    [[nodiscard]] const json::object* object() const { return value_.if_object(); }

private:
    std::array<unsigned char, 2048> buffer_;
    json::monotonic_resource memory_{buffer_.data(), buffer_.size()};
    json::value value_ = json::value(json::storage_ptr(&memory_));
};

/// "alg" alone says what the signature is; an extension that must be understood ("crit", RFC 7515
/// section 4.1.11) is none of ours. Others, such as "kid", change nothing, since there is one key.
bool says_hs256(std::string_view header) {
    if (header == our_header) return true;
    const Part part(header);
    const json::object* const fields = part.object();
    if (fields == nullptr || fields->contains("crit")) return false;
    const json::value* const alg = fields->if_contains("alg");
    const json::value* const typ = fields->if_contains("typ");
    return alg != nullptr && *alg == "HS256" &&
           (typ == nullptr || (typ->is_string() && equals_ignoring_case(typ->get_string(), "JWT")));
}

/// A NumericDate: seconds, perhaps with a fraction (RFC 7519 section 2).
std::optional<Instant> instant_of(const json::value& value) {
    using std::chrono::seconds;
    if (const std::int64_t* const whole = value.if_int64()) {
        if (*whole < 0 || *whole > max_seconds) return std::nullopt;
        return Instant(seconds(*whole));
    }
    const double* const number = value.if_double();
    if (number == nullptr || !(*number >= 0 && *number <= static_cast<double>(max_seconds)))
        return std::nullopt;
    return Instant(std::chrono::floor<Instant::duration>(std::chrono::duration<double>(*number)));
}

std::optional<VerifiedToken> claims_of(std::string_view payload, Instant now) {
    const Part part(payload);
    const json::object* const claims = part.object();
    if (claims == nullptr) return std::nullopt;

    const json::value* const exp = claims->if_contains("exp");
    const std::optional<Instant> end = exp == nullptr ? std::nullopt : instant_of(*exp);
    if (!end || *end <= now) return std::nullopt;

    if (const json::value* const nbf = claims->if_contains("nbf")) {
        const std::optional<Instant> begin = instant_of(*nbf);
        if (!begin || *begin > now) return std::nullopt;
    }
    const json::value* const iat = claims->if_contains("iat");
    const std::optional<Instant> issued_at = iat == nullptr ? std::nullopt : instant_of(*iat);
    if (iat != nullptr && !issued_at) return std::nullopt;
    // Meant for a named audience, and that is not us (RFC 7519 section 4.1.3).
    if (claims->contains("aud")) return std::nullopt;

    const json::value* const sub = claims->if_contains("sub");
    if (sub == nullptr || !sub->is_string() || sub->get_string().empty()) return std::nullopt;
    return VerifiedToken{.subject = std::string(sub->get_string()), .end = *end, .issued_at = issued_at};
}

}  // namespace

Instant tokens_valid_after(Instant change) {
    return std::chrono::floor<std::chrono::seconds>(change) + std::chrono::seconds(1);
}

TokenSigner::TokenSigner(std::string_view key, std::chrono::minutes lifetime) : lifetime_(lifetime) {
    if (key.size() < min_key_bytes)
        throw Error(ErrorKind::invalid, "The signing key must have at least 32 bytes");
    crypto_auth_hmacsha256_init(&keyed_, reinterpret_cast<const unsigned char*>(key.data()), key.size());
}

std::string TokenSigner::signature_of(std::string_view signing_input) const {
    crypto_auth_hmacsha256_state state = keyed_;
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(signing_input.data()),
                                  signing_input.size());
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac;
    crypto_auth_hmacsha256_final(&state, mac.data());
    return to_base64url({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

std::string TokenSigner::sign(std::string_view email, Instant issued_at) const {
    const auto begin = std::chrono::floor<std::chrono::seconds>(issued_at);
    const std::chrono::sys_seconds end = begin + lifetime_;
    const Claims claims{
        .sub = email, .exp = end.time_since_epoch().count(), .iat = begin.time_since_epoch().count()};
    std::string token(our_header);
    token += '.';
    token += to_base64url(to_json(claims));
    const std::string signature = signature_of(token);
    return token + '.' + signature;
}

std::optional<VerifiedToken> TokenSigner::verify(std::string_view token, Instant now) const {
    if (token.size() > max_token_bytes) return std::nullopt;
    const std::size_t first = token.find('.');
    const std::size_t last = token.rfind('.');
    if (first == last || token.find('.', first + 1) != last) return std::nullopt;

    // The signature comes first: only bytes that a holder of the key wrote are ever parsed. Comparing in
    // base64url leaves one spelling for it, padded or with spare bits set it is another text.
    const std::string expected = signature_of(token.substr(0, last));
    const std::string_view signature = token.substr(last + 1);
    if (signature.size() != expected.size() ||
        sodium_memcmp(signature.data(), expected.data(), expected.size()) != 0)
        return std::nullopt;

    if (!says_hs256(token.substr(0, first))) return std::nullopt;
    return claims_of(token.substr(first + 1, last - first - 1), now);
}

}  // namespace alma::auth
